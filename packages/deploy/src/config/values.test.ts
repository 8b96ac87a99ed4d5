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

test('names every missing variable', () => {
  expect(() => resolveValues(config, { CHANNEL: '' })).toThrow(
    /SHOP_SESSION_SECRET \(configVars\/SESSION_SECRET\)\n {2}CHANNEL \(buildArgs\/CHANNEL\)\n {2}NPM_TOKEN \(buildSecrets\/npm_token\)/,
  );
});

test('reads values from the file and from the environment, and treats the latter as secrets', () => {
  const values = resolveValues(config, { SHOP_SESSION_SECRET: 'hush-hush', CHANNEL: 'beta', NPM_TOKEN: 'npm_1' });
  expect(values.configVars['LOG_LEVEL']?.reveal()).toBe('info');
  expect(values.configVars['SESSION_SECRET']?.reveal()).toBe('hush-hush');
  expect(values.buildArgs).toEqual({ CHANNEL: 'beta' });
  expect(values.secrets.map((secret) => secret.reveal())).toEqual(['hush-hush', 'npm_1']);
  expect(values.buildSecrets['npm_token']?.reveal()).toBe('npm_1');
  expect(JSON.stringify(values)).not.toMatch(/npm_1|hush-hush|info/);
});
