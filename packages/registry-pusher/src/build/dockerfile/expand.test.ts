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
])('refuses %s', (text) => {
  expect(() => expand(text)).toThrow(Error);
});

test('a variable that must be set tells its own message', () => {
  expect(() => expand('${NONE:?give me $HOME}')).toThrow('NONE: give me /home');
  expect(() => expand('${NONE?}')).toThrow('NONE: is not allowed to be unset');
  expect(() => expand('${EMPTY:?}')).toThrow('EMPTY: is not allowed to be empty');
});

test('the other escape character leaves the backslash alone', () => {
  expect(expandWord('c:\\a`$HOME', lookup, '`')).toBe('c:\\a$HOME');
});

test('words are split where white space stands outside quotes, or comes out of a variable there', () => {
  expect(expandWords('a$SPACED "x y" \\ z', lookup, '\\')).toEqual(['ab', 'c', 'x y', ' z']);
  expect(expandWords('a"$SPACED"', lookup, '\\')).toEqual(['ab  c']);
  expect(expandWords('  ', lookup, '\\')).toEqual([]);
});

test('text without special characters stays as it is, and quoting any text gives it back', () => {
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

test('any value comes out of its variable unchanged', () => {
  fc.assert(
    fc.property(fc.string(), (value) => {
      expect(expandWord('<$V|${V}|"${V:-x}">', () => value, '\\')).toBe(
        `<${value}|${value}|${value === '' ? 'x' : value}>`,
      );
    }),
  );
});

test.for(['${A//*a*a*a*a*a*b/x}', '${A%%*a*a*a*a*a*b}', '${A#?*?*?*?*b}'])(
  'the pattern of %s is matched without going through all ways in which it may',
  (word) => {
    const value = 'a'.repeat(200);
    expect(expandWord(word, () => value, '\\')).toBe(value);
  },
);

test('a match that is empty is not replaced right behind another one', () => {
  expect(expandWord('${A//*/x}', () => 'abc', '\\')).toBe('x');
  expect(expandWord('${A//b*/x}', () => 'abc', '\\')).toBe('ax');
});

test('variables made of variables do not fill the memory', () => {
  let value = 'a'.repeat(1000);
  const double = () => (value = expandWord('$A$A', () => value, '\\'));
  expect(() => {
    for (let times = 0; times < 64; times++) double();
  }).toThrow('longer than 256 KiB');
  expect(() => expandWord('"${A//a/$B}"', () => 'a'.repeat(2000), '\\')).toThrow('longer than 256 KiB');
});
