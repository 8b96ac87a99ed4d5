import { expect, it } from 'vitest';
import { checkVariables } from './check.ts';
import { scopeCovers } from './scope.ts';
import { stored } from './testing/fake-gitlab.ts';

const key = 'HEROKU_API_KEY';

it('a variable that is not there is missing', () => {
  expect(checkVariables([{ key, environmentScope: 'production' }], [])).toEqual([
    {
      key,
      environmentScope: 'production',
      kind: 'missing',
      message: 'HEROKU_API_KEY (production) is not set. Add it in Settings → CI/CD → Variables.',
    },
  ]);
});

it('one that other environments have is of the wrong scope', () => {
  const current = [
    stored({ key, value: 'x', environmentScope: 'staging' }),
    stored({ key, value: 'x', environmentScope: 'review/*' }),
  ];
  expect(checkVariables([{ key, environmentScope: 'production' }], current)).toMatchObject([
    {
      kind: 'wrong scope',
      message:
        'HEROKU_API_KEY is set for "staging", "review/*" only, and is needed for "production". Change its environment scope.',
    },
  ]);
  expect(checkVariables([{ key }], current)).toMatchObject([
    { message: expect.stringContaining('needed for all environments') },
  ]);
});

it('one that is neither protected nor masked is found twice', () => {
  expect(checkVariables([{ key, protected: true, masked: true }], [stored({ key, value: 'x' })])).toMatchObject([
    { kind: 'unprotected', message: 'HEROKU_API_KEY is not protected: jobs of any branch can read it. Protect it.' },
    { kind: 'unmasked', message: 'HEROKU_API_KEY is not masked: job logs can show it. Mask it.' },
  ]);
});

it('judges the one that jobs of the environment would get, the most specific', () => {
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

it('asks for no more than is required', () => {
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
])('the scope %s and the environment %s: %s', (scope, environment, covered) => {
  expect(scopeCovers(scope, environment)).toBe(covered);
});
