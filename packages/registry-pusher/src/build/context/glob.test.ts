import fc from 'fast-check';
import { expect, test } from 'vitest';
import { globMatcher, hasWildcards, unescapeGlob } from './glob.ts';

test.each([
  ['*.js', 'a.js', true],
  ['*.js', 'a/b.js', false],
  ['a*b*c', 'a--b--c', true],
  ['?', '😀', true],
  ['[a-cx]', 'x', true],
  ['[\\]]', ']', true],
  ['[\\-]', '-', true],
  ['[^a]', '/', false],
  ['a\\?', 'a?', true],
  ['a.b', 'axb', false],
  ['**', 'ab', true],
  ['**', 'a/b', false],
])('%s and %s: %s', (pattern, path, expected) => {
  expect(globMatcher(pattern)(path)).toBe(expected);
});

test('a plain path has no wildcards, an escaped one neither', () => {
  expect(['a*', 'a?', 'a[b]', 'a\\*'].map(hasWildcards)).toEqual([true, true, true, false]);
  expect(unescapeGlob('a\\*\\\\b')).toBe('a*\\b');
});

test('every name matches itself, escaped', () => {
  fc.assert(
    fc.property(fc.string({ minLength: 1 }), fc.string(), (name, other) => {
      const matches = globMatcher(name.replaceAll(/[*?[\\]/g, '\\$&'));
      expect(matches(name)).toBe(true);
      expect(matches(other)).toBe(other === name);
    }),
  );
});

test('any pattern is compiled or refused, quickly', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[a\]\\[^*?-]{0,12}$/), fc.stringMatching(/^[a-]{0,12}$/), (pattern, path) => {
      try {
        expect(typeof globMatcher(pattern)(path)).toBe('boolean');
      } catch (error) {
        expect((error as Error).message).toMatch(/\[ is not closed|backslash ends it/);
      }
    }),
  );
});
