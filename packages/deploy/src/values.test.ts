import { expect, test } from 'vitest';
import { parseConfig } from './load-config.ts';
import { resolveValues } from './values.ts';

const config = parseConfig(
  JSON.stringify({
    processes: { web: {} },
    configVars: { LOG_LEVEL: 'info', SESSION_SECRET: { fromEnv: 'SHOP_SESSION_SECRET' } },
    buildArgs: { CHANNEL: { fromEnv: 'CHANNEL' } },
    buildSecrets: { npm_token: { fromEnv: 'NPM_TOKEN' } },
  }),
);

test('every variable that is missing is named before anything happens', () => {
  expect(() => resolveValues(config, { CHANNEL: '' })).toThrow(
    /SHOP_SESSION_SECRET \(configVars\/SESSION_SECRET\)\n {2}CHANNEL \(buildArgs\/CHANNEL\)\n {2}NPM_TOKEN \(buildSecrets\/npm_token\)/,
  );
});

test('values come from the file and from the environment; the latter are secrets', () => {
  const values = resolveValues(config, { SHOP_SESSION_SECRET: 'hush-hush', CHANNEL: 'beta', NPM_TOKEN: 'npm_1' });
  expect(values.configVars).toEqual({ LOG_LEVEL: 'info', SESSION_SECRET: 'hush-hush' });
  expect(values.buildArgs).toEqual({ CHANNEL: 'beta' });
  expect(values.secrets.map((secret) => secret.reveal())).toEqual(['hush-hush', 'npm_1']);
  expect(values.buildSecrets['npm_token']?.reveal()).toBe('npm_1');
  expect(JSON.stringify(values.buildSecrets)).not.toContain('npm_1');
});
