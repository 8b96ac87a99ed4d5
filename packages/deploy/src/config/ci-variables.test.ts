import { expect, test } from 'vitest';
import { declareCiVariables } from './ci-variables.ts';
import { parseConfig } from './load-config.ts';

const configOf = (more: object) => parseConfig(JSON.stringify({ processes: { web: {} }, ...more }));

test('declares each variable once per environment, protected, and masked unless it is public', () => {
  const config = configOf({
    environments: { staging: { app: 'shop-staging' }, production: { app: 'shop-live' } },
    ciVariables: { owner: 'tozo', required: ['HEROKU_API_KEY', 'HEROKU_USERNAME'] },
  });
  const key = {
    key: 'HEROKU_API_KEY',
    protected: true,
    masked: true,
    raw: true,
    source: { fromEnv: 'HEROKU_API_KEY' },
  };
  const username = {
    ...{ key: 'HEROKU_USERNAME', protected: true, masked: false, raw: true },
    source: { fromEnv: 'HEROKU_USERNAME' },
  };
  expect(declareCiVariables(config)).toEqual([
    { ...key, environmentScope: 'staging/*' },
    { ...username, environmentScope: 'staging/*' },
    { ...key, environmentScope: 'production/*' },
    { ...username, environmentScope: 'production/*' },
  ]);
  expect(declareCiVariables(config, 'staging').map(({ environmentScope }) => environmentScope)).toEqual([
    'staging/*',
    'staging/*',
  ]);
});

test('accepts settings, and production where no environment is declared', () => {
  const declared = {
    key: 'GOOGLE_KEY',
    fromEnv: 'GOOGLE_KEY_JSON',
    type: 'file',
    hidden: true,
    protected: false,
    raw: false,
    description: 'for maps',
  };
  expect(declareCiVariables(configOf({ ciVariables: { owner: 'tozo', required: [declared] } }))).toEqual([
    {
      key: 'GOOGLE_KEY',
      environmentScope: 'production/*',
      type: 'file',
      hidden: true,
      protected: false,
      raw: false,
      description: 'for maps',
      source: { fromEnv: 'GOOGLE_KEY_JSON' },
    },
  ]);
  expect(declareCiVariables(configOf({}))).toEqual([]);
});

test.each([
  [['A', { key: 'A' }], 'A is declared twice: keep one'],
  [[{ key: 'A', value: 'x' }], 'ciVariables/required/0'],
  [['1A'], "isn't a variable name"],
  [[], 'ciVariables/required'],
])('rejects %j', (required, message) => {
  expect(() => configOf({ ciVariables: { owner: 'tozo', required } })).toThrow(message);
});
