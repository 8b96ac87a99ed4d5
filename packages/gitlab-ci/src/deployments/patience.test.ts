import { expect, test } from 'vitest';
import { parseRetryAfter, Patience } from './patience.ts';

test('waits 30 s in all, and counts waits at the same time once', () => {
  let now = 1000;
  const patience = new Patience(() => now);
  expect(patience.allows(20_000)).toBe(true);
  expect(patience.allows(20_000)).toBe(true);
  now += 20_000;
  expect(patience.allows(10_000)).toBe(true);
  expect(patience.allows(10_001)).toBe(false);
});

test.each([
  ['13', 13_000],
  [' 5 ', 5000],
  ['Mon, 01 Jan 2001 00:00:00 GMT', 0],
  ['2030-01-01', undefined],
  ['-1', undefined],
  ['soon', undefined],
  [undefined, undefined],
])('reads Retry-After: %j', (text, expected) => {
  expect(parseRetryAfter(text)).toBe(expected);
});
