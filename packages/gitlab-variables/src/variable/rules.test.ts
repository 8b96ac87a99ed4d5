import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { assertNoProblems, validateVariable } from './rules.ts';
import { stored } from '../testing/fake-gitlab.ts';
import { variable } from './variable.ts';

const rulesOf = (given: Parameters<typeof variable>[0]): string[] =>
  validateVariable(variable(given)).map(({ rule }) => rule);

describe("rejects a value that GitLab can't mask (fault 85, gitlab)", () => {
  it.each([
    ['seven77', "a value of 7 characters can't be masked: GitLab requires 8."],
    ['tozo', "a value of 4 characters can't be masked"],
    ['', "a value of 0 characters can't be masked"],
    ['😀😀😀😀', "a value of 4 characters can't be masked"],
    ['two words', "a value with spaces can't be masked: remove them, or don't mask it."],
    ['first\nsecond', "a value of several lines can't be masked: encode it in base64, or don't mask it."],
    ['first\r\nsecond', "a value of several lines can't be masked"],
    ['pa$$word', 'a value with "$" can only be masked if it isn\'t expanded: set "raw".'],
    [
      'pässwörter',
      'a value with characters other than letters, digits and _+=/@:.~- can only be masked if it isn\'t expanded: set "raw".',
    ],
  ])('%j', (value, message) => {
    for (const settings of [{ masked: true }, { hidden: true }]) {
      const [problem, ...others] = validateVariable(variable({ key: 'SECRET', value, ...settings }));
      expect(problem).toMatchObject({ rule: 'masking', key: 'SECRET', environmentScope: '*' });
      expect(problem?.message).toContain(`SECRET: ${message}`);
      expect(others).toEqual([]);
      if (value.length > 4) expect(problem?.message).not.toContain(value);
    }
  });

  it('accepts eight allowed characters, or any eight but spaces when raw', () => {
    expect(rulesOf({ key: 'A', value: 'eight888', masked: true })).toEqual([]);
    expect(rulesOf({ key: 'A', value: 'aZ09_+=/@:.~-', masked: true })).toEqual([]);
    expect(rulesOf({ key: 'A', value: 'pa$$wörd', masked: true, raw: true })).toEqual([]);
    expect(rulesOf({ key: 'A', value: 'seven77', masked: true, raw: true })).toEqual(['masking']);
    expect(rulesOf({ key: 'A', value: '$ not masked\n' })).toEqual([]);
  });

  it('accepts only what GitLab documents as maskable', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom(...Array.from('aZ9_+=/@:.~-$ \t\nä😀')), maxLength: 12 }),
        fc.boolean(),
        (value, raw) => {
          const accepted = rulesOf({ key: 'A', value, raw, masked: true }).length === 0;
          expect(accepted).toBe((raw ? /^\S{8,}$/u : /^[a-zA-Z0-9_+=/@:.~-]{8,}$/).test(value));
        },
      ),
    );
  });
});

it.each([
  ['a key with a hyphen', { key: 'LOG-LEVEL', value: '' }, ['key']],
  ['an empty key', { key: '', value: '' }, ['key']],
  ['a key of 256 characters', { key: 'A'.repeat(256), value: '' }, ['key']],
  ['an empty scope', { key: 'A', value: '', environmentScope: '' }, ['scope']],
  ['a scope with a comma', { key: 'A', value: '', environmentScope: 'a,b' }, ['scope']],
  ['a scope of 256 characters', { key: 'A', value: '', environmentScope: 'a'.repeat(256) }, ['scope']],
  ['a key that starts with a digit', { key: '1ST', value: '' }, ['key']],
  ['a value of 10,001 characters', { key: 'A', value: 'a'.repeat(10_001) }, ['value']],
  ['a value of 10,000 characters', { key: 'A', value: '😀'.repeat(10_000) }, []],
  ['a value of several lines with "$"', { key: 'A', value: 'one\ntwo $three' }, []],
  ['a value with a NUL character', { key: 'A', value: 'a\0b' }, ['value']],
  ['a value with half of a character', { key: 'A', value: 'a\ud800' }, ['value']],
  [
    "a description that ends with an owner's mark",
    { key: 'A', value: '', description: 'x (managed by y)' },
    ['description'],
  ],
  ['a long description', { key: 'A', value: '', description: 'a'.repeat(256) }, ['description']],
  ['hidden but not masked', { key: 'A', value: 'eight888', hidden: true, masked: false }, ['masking']],
  ['two problems', { key: 'A B', value: 'x', masked: true }, ['key', 'masking']],
  ['a valid variable', { key: 'a_1', value: '', environmentScope: 'review/*', description: 'for previews' }, []],
])('checks %s', (_name, given, rules) => {
  expect(rulesOf(given)).toEqual(rules);
});

it('reports all problems of all variables at once', () => {
  const bad = [
    variable({ key: 'A-B', value: '' }),
    variable({ key: 'C', value: 'short', masked: true, environmentScope: 'production' }),
  ];
  expect(() => assertNoProblems(bad.flatMap((one) => validateVariable(one)))).toThrow(
    'A-B: a key can contain only letters, digits and "_": rename it.\nC (production): a value of 5 characters can\'t be masked',
  );
});

it('judges a value with the settings that it keeps in GitLab', () => {
  const short = variable({ key: 'A', value: 'tozo' });
  expect(validateVariable(short)).toEqual([]);
  const [problem] = validateVariable(short, { current: stored({ key: 'A', value: 'long.enough', masked: true }) });
  expect(problem?.message).toBe(
    "A: a value of 4 characters can't be masked: GitLab requires 8. Use a longer value; it is masked in GitLab already.",
  );
  const dollar = variable({ key: 'A', value: 'pa$$word', masked: true });
  expect(validateVariable(dollar, { current: stored({ key: 'A', value: 'x', raw: true }) })).toEqual([]);
});
