import { expect, test } from 'vitest';
import { formatBytes, formatCount, formatTable } from './format.ts';

test.each([
  [0, '0 B'],
  [999, '999 B'],
  [1000, '1.0 kB'],
  [999_960, '1.0 MB'],
  [46_200_000, '46.2 MB'],
  [5e15, '5000.0 TB'],
])('formats %i bytes as %s', (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text);
});

test('uses the plural except for 1', () => {
  expect([formatCount(1, 'file'), formatCount(3676, 'file')]).toEqual(['1 file', '3,676 files']);
});

test('aligns the values', () => {
  expect(
    formatTable([
      ['a', '1'],
      ['long', '2'],
    ]),
  ).toBe('a     1\nlong  2\n');
});

test.each([
  [12, '12 files'],
  [1234, '1,234 files'],
  [123456, '123,456 files'],
  [1234567, '1,234,567 files'],
])('formats %i as %s', (number, text) => {
  expect(formatCount(number, 'file')).toBe(text);
});
