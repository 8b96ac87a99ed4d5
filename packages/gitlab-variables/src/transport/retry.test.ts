import { expect, it } from 'vitest';
import { retryAfter, waitBeforeRetry } from './retry.ts';

const response = (status: number, after?: string) => ({
  status,
  headers: after === undefined ? {} : { 'retry-after': after },
  body: '',
});

it.each([
  ['60', 60_000],
  [' 5 ', 5_000],
  ['Mon, 01 Jan 2001 00:00:00 GMT', 0],
  ['2030-01-01', undefined],
  ['soon', undefined],
  ['', undefined],
])('reads Retry-After: %j', (text, expected) => {
  expect(retryAfter({ 'retry-after': text })).toBe(expected);
});

it('reads a date as the time until then', () => {
  const wait = retryAfter({ 'retry-after': new Date(Date.now() + 60_000).toUTCString() });
  expect(wait).toBeGreaterThan(50_000);
  expect(wait).toBeLessThanOrEqual(60_000);
});

it('gives up when Retry-After is above the maximum, and after five attempts', () => {
  expect(waitBeforeRetry('GET', response(429, '900'), 1)).toBe(900_000);
  expect(waitBeforeRetry('GET', response(429, '901'), 1)).toBeUndefined();
  expect(waitBeforeRetry('GET', response(429, '1'), 5)).toBeUndefined();
});

it('repeats a POST only after 429', () => {
  expect(waitBeforeRetry('POST', response(429), 1)).toBeGreaterThan(0);
  expect(waitBeforeRetry('POST', response(503, '1'), 1)).toBeUndefined();
  expect(waitBeforeRetry('PUT', response(503, '1'), 1)).toBe(1_000);
});
