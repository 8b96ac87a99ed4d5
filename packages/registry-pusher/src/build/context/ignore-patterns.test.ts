import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type IgnorePattern, type Matched, matchPatterns, parseIgnoreFile } from './ignore-patterns.ts';

function ignores(patterns: readonly IgnorePattern[], path: string): boolean {
  let result: { ignored: boolean; matched: Matched | undefined } = { ignored: false, matched: undefined };
  const parts = path.split('/');
  for (const index of parts.keys())
    result = matchPatterns(patterns, parts.slice(0, index + 1).join('/'), result.matched);
  return result.ignored;
}
const ignored = (file: string, path: string) => ignores(parseIgnoreFile(file, '.dockerignore'), path);

test.each([
  ['node_modules', 'node_modules', true],
  ['node_modules', 'node_modules/a/b.js', true],
  ['node_modules', 'src/node_modules', false],
  ['/node_modules', 'node_modules', true],
  ['node_modules/', 'node_modules', true],
  ['./a/../b', 'b', true],
  ['*.md', 'README.md', true],
  ['*.md', 'docs/README.md', false],
  ['*/*.md', 'docs/README.md', true],
  ['**/*.md', 'README.md', true],
  ['**/*.md', 'a/b/README.md', true],
  ['**.md', 'a/README.md', true],
  ['**', 'anything/at/all', true],
  ['a/**', 'a/b', true],
  ['a/**', 'a', false],
  ['a/**/z', 'a/z', true],
  ['a/**/z', 'a/b/c/z', true],
  ['a/**/z', 'a/bz', false],
  ['**/b', 'b', true],
  ['**/b', 'ab', false],
  ['a?c', 'abc', true],
  ['a?c', 'a/c', false],
  ['a?c', 'a😀c', true],
  ['[a-c].js', 'b.js', true],
  ['[^a-c].js', 'b.js', false],
  ['[^a-c].js', 'd.js', true],
  ['[!a].js', '!.js', true],
  ['a\\*b', 'a*b', true],
  ['a\\*b', 'axb', false],
  ['\\a', 'a', false],
  ['v\\d', 'v1', true],
  ['v\\d', 'vd', false],
  ['a+b(c)|{d}$.^', 'a+b(c)|{d}$.^', true],
  ['a+b', 'aab', false],
  ['a[^b]c', 'axc', true],
  ['a[^b]c', 'a/c', true],
  ['a[^b]c', 'abc', false],
  ['[\\d]', '1', true],
  ['[\\d]', 'd', false],
  ['[\\D]', 'd', true],
  ['[[:alpha:]]', 'b', true],
  ['[[:alpha:]]', ':', false],
  ['[[:^alpha:]]', '1', true],
  ['[[:upper:][:digit:]_]', '_', true],
  ['[a.]b', '.b', true],
  ['[a.]b', '\\b', false],
  // Docker makes [[^/]*] of it: any of [, ^ and /, any number of times, and a ].
  ['[*]', '[^]', true],
  ['[*]', '*', false],
  ['[?]a', '[]a', true],
  ['\\x61', 'a', true],
  ['\\141', 'a', true],
  ['^a', '^a', true],
  ['*^a', 'a', true],
  ['*^a', 'ba', false],
  ['**/^a', 'a', false],
  ['**/^a', '^a', true],
  ['a**', 'ab/c', true],
  ['**a**', 'xay', false],
  ['**a**', 'x/ay', true],
  ['a]b', 'a]b', true],
  ['readme', 'README', false],
  ['constructor', 'constructor', true],
  ['other', 'constructor', false],
  ['a b', 'a b', true],
  ['  a  ', 'a', true],
  ['#a', '#a', false],
  ['\\#a', '#a', true],
  ['*\n!a', 'a', false],
  ['*\n!a', 'a/b', false],
  ['*\n!a\na/b', 'a/b', true],
  ['*\n!a\na/b', 'a/c', false],
  ['!a\n*', 'a', true],
  ['a\n!a/b', 'a/b/c', false],
  ['a\n!a/b', 'a/c', true],
  ['a\n! a/b ', 'a/b', false],
  ['a/*\n!a/b\na/b/c\n!a/b/c/d', 'a/b/c/d', false],
  ['**/x\n!y/**/x', 'y/z/x', false],
  // The directory itself isn't ignored, so the ! doesn't match it or anything inside.
  ['*/*\n!*', 'a/b', true],
])('%j and %s: %s (fault 150, registry-pusher)', (file, path, expected) => {
  expect(ignored(file, path)).toBe(expected);
});

test.each([
  ['*a'.repeat(30), 'a'.repeat(4000)],
  ['**/a'.repeat(30), 'a/'.repeat(2000)],
  [`${'[a-z]*'.repeat(20)}1`, 'a'.repeat(250)],
  ['?*'.repeat(40), `${'b'.repeat(3000)}\n`],
])('decides %j in linear time (fault 141, registry-pusher)', (line, path) => {
  const [pattern] = parseIgnoreFile(line, '.dockerignore');
  // Backtracking would take hours.
  const start = process.cpuUsage();
  expect(typeof pattern!.matches(`${path}/b`)).toBe('boolean');
  expect(process.cpuUsage(start).user).toBeLessThan(10_000_000);
});

test('ignores a byte order mark, carriage returns and empty lines (fault 53, registry-pusher)', () => {
  expect(ignored('\uFEFF# comment\r\n\r\na\r\n', 'a')).toBe(true);
  expect(parseIgnoreFile('\uFEFF# comment\r\n \r\na\r\n', '.dockerignore').map(({ text }) => text)).toEqual(['a']);
  expect(ignored('\uFEFFa\r\nb\r\n', 'a')).toBe(true);
});

test.each([
  'a[',
  '[]',
  '[a',
  '[a-]',
  'a\\',
  '\\e',
  '\\é',
  '!',
  '! ',
  '[]a]',
  '[-x]',
  '[z-a]',
  '[a-b-d]',
  '[[:letter:]]',
  '[[:alpha:]',
  '[a-\\d]',
  '\\9',
  '[\\e]',
])('rejects the pattern %j (faults 53, 150, registry-pusher)', (pattern) => {
  expect(() => parseIgnoreFile(`ok\n${pattern}\n`, '.dockerignore')).toThrow(
    expect.objectContaining({
      code: 'CONTEXT_INVALID',
      message: expect.stringContaining('.dockerignore line 2: ') as string,
    }),
  );
});

const name = fc.stringMatching(/^[a-c]{1,2}$/);
const path = fc.array(name, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/'));
const part = fc.oneof(name, fc.constantFrom('*', '**', '?', '[a-b]', 'a*', '*b'));
const pattern = fc.array(part, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('/'));

test('ignores a path exactly when a pattern matches it or a directory above it', () => {
  fc.assert(
    fc.property(fc.array(pattern, { maxLength: 5 }), path, (patterns, each) => {
      const parsed = parseIgnoreFile(patterns.join('\n'), '.dockerignore');
      const parts = each.split('/');
      const above = parts.map((_, index) => parts.slice(0, index + 1).join('/'));
      expect(ignores(parsed, each)).toBe(parsed.some(({ matches }) => above.some((directory) => matches(directory))));
    }),
  );
});

test('the last pattern for the path itself decides', () => {
  fc.assert(
    fc.property(fc.array(pattern), fc.array(pattern), path, (ignoring, others, each) => {
      expect(ignored([...ignoring, ...others.map((other) => `!${other}`), each].join('\n'), each)).toBe(true);
      expect(ignored([...ignoring, `!${each}`].join('\n'), each)).toBe(false);
    }),
  );
});
