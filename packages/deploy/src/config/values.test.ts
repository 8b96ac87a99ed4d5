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

test('says why GitLab sets no value in this job, or another one than meant (fault 129, gitlab)', () => {
  const job = { GITLAB_CI: 'true', CI_ENVIRONMENT_NAME: 'production/shop', CHANNEL: 'beta', NPM_TOKEN: 'npm_1' };
  expect(() => resolveValues(config, job)).toThrow(
    /SHOP_SESSION_SECRET.*scope.*Set SHOP_SESSION_SECRET for "production\/\*"/s,
  );
  const odd = { ...job, SHOP_SESSION_SECRET: '$SHOP_SESSION_SECRET', NPM_TOKEN: '/builds/acme/shop.tmp/NPM_TOKEN' };
  expect(() => resolveValues(config, odd)).toThrow(/isn't set in this job, so GitLab didn't expand it.*type File/s);
  expect(() => resolveValues(config, { ...job, SHOP_SESSION_SECRET: '$ecret' })).not.toThrow();
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

test('a value that is declared as not secret is neither redacted nor searched for (fault 121, deploy)', () => {
  const declared = parseConfig(
    JSON.stringify({
      processes: { web: {} },
      configVars: { API_URL: { fromEnv: 'API_URL', secret: false }, KEY: { fromEnv: 'KEY', secret: true } },
    }),
  );
  const values = resolveValues(declared, { API_URL: 'https://api.example.com/v2', KEY: 'k3jh4k5jh3k4' });
  expect(values.configVars['API_URL']?.reveal()).toBe('https://api.example.com/v2');
  expect(values.knownSecrets.map(({ variable }) => variable)).toEqual(['KEY']);
  expect(values.knownSecrets[0]!.remedy).toContain('"KEY": {"fromEnv": "KEY", "secret": false}');
});

test('config vars that Heroku can’t store together are refused, with the largest one’s name and no value', () => {
  const declared = parseConfig(
    JSON.stringify({ processes: { web: {} }, configVars: { A: 'ä'.repeat(16_383), LARGEST: { fromEnv: 'FROM' } } }),
  );
  const largest = 65_536 - 'A'.length - 2 * 16_383 - 'LARGEST'.length;
  expect(() => resolveValues(declared, { FROM: 'x'.repeat(largest + 1) })).toThrow(
    expect.objectContaining({
      code: 'CONFIG_INVALID',
      message: expect.stringMatching(/ 65537 bytes, .* at most 65536 .* largest is LARGEST with 32770 bytes: [^x]*$/),
    }),
  );
  expect(() => resolveValues(declared, { FROM: 'x'.repeat(largest) })).not.toThrow();
});

test('a NUL or half a character in the environment is refused by name (fault 122, deploy)', () => {
  expect(() => resolveValues(config, { SHOP_SESSION_SECRET: 'a\0b', CHANNEL: '\ud83d', NPM_TOKEN: 'npm_1' })).toThrow(
    /SHOP_SESSION_SECRET \(configVars\/SESSION_SECRET\): contains a NUL.*\n {2}CHANNEL \(buildArgs\/CHANNEL\): contains half/,
  );
});

test('the job’s own credentials are secrets (fault 119, deploy)', () => {
  const plain = parseConfig('{"processes": {"web": {}}}');
  const values = resolveValues(plain, { HEROKU_API_KEY: 'HRKU-1', GITLAB_TOKEN: 'glpat-1' });
  expect(values.secrets.map((secret) => secret.reveal())).toEqual(['HRKU-1', 'glpat-1']);
});
