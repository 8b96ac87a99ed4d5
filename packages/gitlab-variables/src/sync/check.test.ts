import { expect, it } from 'vitest';
import { checkVariables } from './check.ts';
import { scopeCovers } from '../variable/scope.ts';
import { SecretValue } from '../variable/secret-value.ts';
import { stored } from '../testing/fake-gitlab.ts';

const key = 'HEROKU_API_KEY';
const environmentScope = 'production/*';
const declared = { key, environmentScope, protected: true, masked: true };
const findingsOf = (...args: Parameters<typeof checkVariables>) =>
  checkVariables(...args).findings.map(({ kind, message, remedy }) => [kind, `${message} ${remedy}`]);

it('reports a missing variable', () => {
  expect(checkVariables([declared], [])).toEqual({
    findings: [
      {
        key,
        environmentScope,
        kind: 'missing',
        message: "HEROKU_API_KEY (production/*) isn't set.",
        remedy: 'Run sync.',
        isSynced: true,
      },
    ],
    valueUnknown: [],
  });
});

it('reports every field that a sync would change (fault 131, gitlab)', () => {
  const wanted = { type: 'file', raw: true, description: 'for deploys' } as const;
  const value = new SecretValue('wanted.value');
  expect(findingsOf([{ ...declared, ...wanted, value }], [stored({ key, environmentScope, value: 'x' })])).toEqual([
    ['unprotected', "HEROKU_API_KEY (production/*) isn't protected: jobs of any branch can read it. Run sync."],
    ['unmasked', "HEROKU_API_KEY (production/*) isn't masked: job logs can show it. Run sync."],
    ['different', "HEROKU_API_KEY (production/*) isn't as declared: value, type, raw, description. Run sync."],
  ]);
  const masked = stored({ key, environmentScope, value: 'x', masked: true });
  expect(findingsOf([{ key, environmentScope, hidden: true }], [masked])).toEqual([
    ['unmasked', "HEROKU_API_KEY (production/*) isn't hidden: GitLab shows its value to Maintainers. Run sync."],
  ]);
  expect(findingsOf([{ key, environmentScope, protected: false }], [{ ...masked, protected: true }])).toEqual([
    ['different', "HEROKU_API_KEY (production/*) isn't as declared: protected. Run sync."],
  ]);
});

it('accepts protection and masking that nobody declares, and compares no value that it does not know', () => {
  const safe = stored({ key, environmentScope, value: 'x', protected: true, hidden: true });
  expect(checkVariables([{ key, environmentScope }], [safe])).toEqual({
    findings: [],
    valueUnknown: [{ key, environmentScope }],
  });
});

it('reports the key in a wider scope, and in one that has only the name of the environments', () => {
  const set = (scope: string) => stored({ key, environmentScope: scope, value: 'x', protected: true, masked: true });
  const current = ['*', 'prod*', 'production', environmentScope, 'production/shop', 'staging'].map(set);
  expect(findingsOf([declared], current)).toEqual([
    [
      'wide scope',
      'HEROKU_API_KEY is set for "*": every job, those without an environment too, can read it. Keep it for "production/*" only: delete the one for "*" in Settings > CI/CD > Variables.',
    ],
    [
      'wide scope',
      'HEROKU_API_KEY is set for "prod*": more jobs can read it. Keep it for "production/*" only: delete the one for "prod*" in Settings > CI/CD > Variables.',
    ],
    [
      'bare scope',
      'HEROKU_API_KEY is set for "production", which isn\'t the environment of any job of "production/*". Set it for "production/*" instead, and delete that one in Settings > CI/CD > Variables.',
    ],
  ]);
  expect(findingsOf([declared, { key, environmentScope: '*' }], ['*', environmentScope].map(set))).toEqual([]);
});

it('reports a difference of a variable that another declaration manages', () => {
  const theirs = { ...stored({ key, environmentScope, value: 'x' }), owner: 'api' };
  expect(findingsOf([declared], [theirs], { owner: 'shop' })).toEqual([
    [
      'other owner',
      'HEROKU_API_KEY (production/*) differs. "api" manages HEROKU_API_KEY (production/*): declare it in one place only, or remove "(managed by api)" from its description in GitLab.',
    ],
  ]);
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
