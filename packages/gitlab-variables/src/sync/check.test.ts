import { expect, it } from 'vitest';
import { checkVariables } from './check.ts';
import { scopeCovers } from '../variable/scope.ts';
import { stored } from '../testing/fake-gitlab.ts';

const key = 'HEROKU_API_KEY';

it('reports a missing variable', () => {
  expect(checkVariables([{ key, environmentScope: 'production' }], [])).toEqual([
    {
      key,
      environmentScope: 'production',
      kind: 'missing',
      message: "HEROKU_API_KEY (production) isn't set. Add it in Settings > CI/CD > Variables.",
    },
  ]);
});

it('reports a variable that only other environments have', () => {
  const current = [
    stored({ key, value: 'x', environmentScope: 'staging' }),
    stored({ key, value: 'x', environmentScope: 'review/*' }),
  ];
  expect(checkVariables([{ key, environmentScope: 'production' }], current)).toMatchObject([
    {
      kind: 'wrong scope',
      message:
        'HEROKU_API_KEY is set for "staging", "review/*" only, but needed for "production". Change its environment scope.',
    },
  ]);
  expect(checkVariables([{ key }], current)).toMatchObject([
    { message: expect.stringContaining('needed for all environments') },
  ]);
});

it('reports an unprotected, unmasked variable twice', () => {
  expect(checkVariables([{ key, protected: true, masked: true }], [stored({ key, value: 'x' })])).toMatchObject([
    { kind: 'unprotected', message: "HEROKU_API_KEY isn't protected: jobs of any branch can read it. Protect it." },
    { kind: 'unmasked', message: "HEROKU_API_KEY isn't masked: job logs can show it. Mask it." },
  ]);
});

it('checks the most specific variable, which the jobs get', () => {
  const current = [
    stored({ key, value: 'x', protected: true }),
    stored({ key, value: 'x', environmentScope: 'prod*' }),
    stored({ key, value: 'x', environmentScope: 'p*', protected: true }),
  ];
  expect(checkVariables([{ key, environmentScope: 'production', protected: true }], current)).toMatchObject([
    { kind: 'unprotected', environmentScope: 'prod*' },
  ]);
  expect(checkVariables([{ key, environmentScope: 'staging', protected: true }], current)).toEqual([]);
});

it('accepts protection and masking that nobody requires', () => {
  expect(checkVariables([{ key }, { key, protected: false, masked: false }], [stored({ key, value: 'x' })])).toEqual(
    [],
  );
});

it.each([
  ['*', 'production', true],
  ['production', 'production', true],
  ['production', 'production2', false],
  ['review/*', 'review/one', true],
  ['review/*', 'review', false],
  ['*.a', 'x.a', true],
  ['*.a', 'xya', false],
  ['a(b', 'a(b', true],
])('scope %s covers environment %s: %s', (scope, environment, covered) => {
  expect(scopeCovers(scope, environment)).toBe(covered);
});
