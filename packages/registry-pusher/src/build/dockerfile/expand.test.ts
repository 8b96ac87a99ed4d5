import fc from 'fast-check';
import { expect, test } from 'vitest';
import { expandWord, expandWords } from './expand.ts';

const values: Record<string, string> = { HOME: '/home', EMPTY: '', PATHS: 'a/b/a.txt', KO: '한국어', SPACED: 'b  c' };
const lookup = (name: string) => values[name];
const expand = (text: string) => expandWord(text, lookup, '\\');

test.each([
  ['plain', 'plain'],
  ['$HOME', '/home'],
  ['x$HOME/y', 'x/home/y'],
  ['${HOME}y', '/homey'],
  ['$HOMEy', ''],
  ['$KO', '한국어'],
  ['$1x', 'x'],
  ['a$', 'a$'],
  ['$.', '$.'],
  ['\\$HOME', '$HOME'],
  ['\\\\$HOME', '\\/home'],
  ["'$HOME'", '$HOME'],
  ['"$HOME"', '/home'],
  ['"\\$HOME"', '$HOME'],
  ['a\\tb', 'atb'],
  ['"a\\tb"', 'a\\tb'],
  ["he'll'o", 'hello'],
  ["he\\'llo", "he'llo"],
  ['""', ''],
  ['a\\', 'a'],
  ['${NONE:-word}', 'word'],
  ['${NONE-word}', 'word'],
  ['${EMPTY:-word}', 'word'],
  ['${EMPTY-word}', ''],
  ['${HOME:-word}', '/home'],
  ['${HOME:+word}', 'word'],
  ['${EMPTY:+word}', ''],
  ['${EMPTY+word}', 'word'],
  ['${NONE:+word}', ''],
  ['${NONE:-$HOME/x}', '/home/x'],
  ['${NONE:-${OTHER:-y}}', 'y'],
  ['${NONE:-"a}b"}', 'a}b'],
  ['${HOME:?must be set}', '/home'],
  ['${EMPTY?must be set}', ''],
  ['${PATHS#*/}', 'b/a.txt'],
  ['${PATHS##*/}', 'a.txt'],
  ['${PATHS%/*}', 'a/b'],
  ['${PATHS%%/*}', 'a'],
  ['${PATHS%.txt}', 'a/b/a'],
  ['${PATHS/a/X}', 'X/b/a.txt'],
  ['${PATHS//a/X}', 'X/b/X.txt'],
  ['${PATHS//\\//-}', 'a-b-a.txt'],
  ['${PATHS%z}', 'a/b/a.txt'],
])('%s becomes %s', (text, expanded) => {
  expect(expand(text)).toBe(expanded);
});

test.each([
  "'open",
  '"open',
  '${HOME',
  '${}',
  '${:x}',
  '${HOME:',
  '${HOME:=x}',
  '${HOME~x}',
  '${HOME:#x}',
  '${PATHS/a}',
  '${PATHS#\\x}',
])('rejects %s', (text) => {
  expect(() => expand(text)).toThrow(Error);
});

test('a required variable fails with its own message', () => {
  expect(() => expand('${NONE:?give me $HOME}')).toThrow('NONE: give me /home');
  expect(() => expand('${NONE?}')).toThrow('NONE: is not allowed to be unset');
  expect(() => expand('${EMPTY:?}')).toThrow('EMPTY: is not allowed to be empty');
});

test('with another escape character, keeps the backslash', () => {
  expect(expandWord('c:\\a`$HOME', lookup, '`')).toBe('c:\\a$HOME');
});

test('splits words at whitespace outside quotes, including whitespace from variables', () => {
  expect(expandWords('a$SPACED "x y" \\ z', lookup, '\\')).toEqual(['ab', 'c', 'x y', ' z']);
  expect(expandWords('a"$SPACED"', lookup, '\\')).toEqual(['ab  c']);
  expect(expandWords('  ', lookup, '\\')).toEqual([]);
});

test('keeps plain text, and returns quoted text unchanged', () => {
  const plain = fc.stringMatching(/^[^\\'"$]*$/);
  const withoutSingleQuotes = fc.stringMatching(/^[^']*$/);
  fc.assert(
    fc.property(plain, fc.string(), withoutSingleQuotes, (bare, anything, literal) => {
      expect(expand(bare)).toBe(bare);
      expect(expand(`"${anything.replaceAll(/[\\"$]/g, '\\$&')}"`)).toBe(anything);
      expect(expand(`'${literal}'`)).toBe(literal);
    }),
  );
});

test('a variable’s value is inserted unchanged', () => {
  fc.assert(
    fc.property(fc.string(), (value) => {
      expect(expandWord('<$V|${V}|"${V:-x}">', () => value, '\\')).toBe(
        `<${value}|${value}|${value === '' ? 'x' : value}>`,
      );
    }),
  );
});

test.for(['${A//*a*a*a*a*a*b/x}', '${A%%*a*a*a*a*a*b}', '${A#?*?*?*?*b}'])(
  'matches the pattern of %s without backtracking',
  (word) => {
    const value = 'a'.repeat(200);
    expect(expandWord(word, () => value, '\\')).toBe(value);
  },
);

test('doesn’t replace an empty match right after another match', () => {
  expect(expandWord('${A//*/x}', () => 'abc', '\\')).toBe('x');
  expect(expandWord('${A//b*/x}', () => 'abc', '\\')).toBe('ax');
});

test('limits the size of variables made of variables', () => {
  let value = 'a'.repeat(1000);
  const double = () => (value = expandWord('$A$A', () => value, '\\'));
  expect(() => {
    for (let times = 0; times < 64; times++) double();
  }).toThrow('longer than 256 KiB');
  expect(() => expandWord('"${A//a/$B}"', () => 'a'.repeat(2000), '\\')).toThrow('longer than 256 KiB');
});
