import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compileGlob, hasWildcards, unescapeGlob } from './glob.ts';

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
  expect(compileGlob(pattern)(path)).toBe(expected);
});

test('decides a pattern with many stars in linear time (fault 141, registry-pusher)', () => {
  // Backtracking would take hours.
  const start = process.cpuUsage();
  expect(compileGlob(`${'*a'.repeat(40)}b`)('a'.repeat(4000))).toBe(false);
  expect(process.cpuUsage(start).user).toBeLessThan(10_000_000);
});

test('finds wildcards, but not escaped ones', () => {
  expect(['a*', 'a?', 'a[b]', 'a\\*'].map(hasWildcards)).toEqual([true, true, true, false]);
  expect(unescapeGlob('a\\*\\\\b')).toBe('a*\\b');
});

test('every escaped name matches only itself', () => {
  fc.assert(
    fc.property(fc.string({ minLength: 1 }), fc.string(), (name, other) => {
      const matches = compileGlob(name.replaceAll(/[*?[\\]/g, '\\$&'));
      expect(matches(name)).toBe(true);
      expect(matches(other)).toBe(other === name);
    }),
  );
});

test('compiles or rejects any pattern quickly', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[a\]\\[^*?-]{0,12}$/), fc.stringMatching(/^[a-]{0,12}$/), (pattern, path) => {
      try {
        expect(typeof compileGlob(pattern)(path)).toBe('boolean');
      } catch (error) {
        expect((error as Error).message).toMatch(/\[ has no matching|ends with a backslash/);
      }
    }),
  );
});
