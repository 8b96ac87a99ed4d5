import fc from 'fast-check';
import { expect, test } from 'vitest';
import { jsonText, printable, printableLines } from './printable.ts';

test.each([
  ['ESC', '\u001B[31mred', String.raw`\u001b[31mred`],
  ['C1', '\u009B31mred \u0085', String.raw`\u009b31mred \u0085`],
  ['CR and BS', 'LIVE\rDEAD\b', String.raw`LIVE\rDEAD\b`],
  ['BEL and DEL', '\u0007\u007F', String.raw`\u0007\u007f`],
  ['a line break', 'a\nb', String.raw`a\nb`],
  ['bidi overrides and isolates', '\u202Eevil\u2066x\u2069', String.raw`\u202eevil\u2066x\u2069`],
  ['zero-width characters', 'a\u200Bb\uFEFF\u00AD', String.raw`a\u200bb\ufeff\u00ad`],
  ['line and paragraph separators', '\u2028\u2029', String.raw`\u2028\u2029`],
  ['lone surrogates', 'a\uD800b', String.raw`a\ud800b`],
  ['tags, as surrogate pairs', '\u{E0041}', String.raw`\udb40\udc41`],
  ['tabs, as spaces', 'a\tb', 'a    b'],
])('makes %s visible (fault 116, deploy)', (_, text, shown) => {
  expect(printable(text)).toBe(shown);
});

test('keeps what people write', () => {
  const text = 'Größe 漢字 עברית 🚀 ❤️ → │ é';
  expect(printable(text)).toBe(text);
});

test('keeps line breaks of a text', () => {
  expect(printableLines('a\r\nb\rc\n')).toBe('a\nb\\rc\n');
});

const visible = /^[^\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}]*$/u;
const anyText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.uint8Array().map((bytes) => Buffer.from(bytes).toString('latin1')),
  fc.array(fc.integer({ min: 0, max: 0xff_ff })).map((units) => String.fromCharCode(...units)),
);

test('whatever enters, only printable text comes out (fault 116, deploy)', () => {
  fc.assert(
    fc.property(anyText, (text) => {
      expect(printable(text)).toMatch(visible);
      expect(printableLines(text).replaceAll('\n', '')).toMatch(visible);
      expect(printable(printable(text))).toBe(printable(text));
    }),
  );
});

test('JSON is printable and keeps its value', () => {
  fc.assert(
    fc.property(anyText, (text) => {
      const value = { [text]: [text] };
      expect(jsonText(value)).toMatch(visible);
      expect(JSON.parse(jsonText(value, 2))).toEqual(value);
    }),
  );
});
