import { expect, test } from 'vitest';
import { count, formatBytes, labelled } from './format.ts';

test.each([
  [0, '0 B'],
  [999, '999 B'],
  [1000, '1.0 kB'],
  [999_960, '1.0 MB'],
  [46_200_000, '46.2 MB'],
  [5e15, '5000.0 TB'],
])('%i bytes are %s', (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text);
});

test('one is one, others are many', () => {
  expect([count(1, 'file'), count(3676, 'file')]).toEqual(['1 file', '3,676 files']);
});

test('labels stand above one another', () => {
  expect(
    labelled([
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
])('%i: %s', (number, text) => {
  expect(count(number, 'file')).toBe(text);
});
