import { describe, expect, it } from 'vitest';
import { readSettings, SettingsError } from './settings.ts';

describe('readSettings', () => {
  it.each(['http', '-1', '65536', '3000.5', '0x50', ' 80'])('rejects %j as PORT and says what to set', (PORT) => {
    expect(() => readSettings({ PORT })).toThrow(new SettingsError(`PORT is "${PORT}": set a number from 0 to 65535.`));
  });

  it('rejects a SOURCE_DIGEST that isn’t a valid header value', () => {
    expect(() => readSettings({ SOURCE_DIGEST: 'sha256:1\r\nset-cookie: a=b' })).toThrow(SettingsError);
  });

  it('defaults to port 3000 on every interface and a list in memory, if unset or empty', () => {
    const defaults = { port: 3000, host: '0.0.0.0' };
    expect(readSettings({})).toEqual(defaults);
    expect(readSettings({ PORT: '', DATABASE_URL: '', SOURCE_DIGEST: '' })).toEqual(defaults);
  });

  it('reads the environment', () => {
    const env = { PORT: '8080', DATABASE_URL: 'postgres://localhost/tozo', SOURCE_DIGEST: 'sha256:142013fe2b5c' };
    expect(readSettings(env)).toEqual({
      port: 8080,
      host: '0.0.0.0',
      databaseUrl: 'postgres://localhost/tozo',
      sourceDigest: 'sha256:142013fe2b5c',
    });
  });
});
