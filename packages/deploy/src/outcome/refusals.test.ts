import { expect, test } from 'vitest';
import { isCertainRefusal } from './refusals.ts';

test.each([
  ['OPTIONS_INVALID', true],
  ['HOST_REFUSED', true],
  ['UNAUTHORIZED', true],
  ['FORBIDDEN', true],
  ['TWO_FACTOR', true],
  ['NOT_FOUND', true],
  ['CONFLICT', true],
  ['INVALID_PARAMS', true],
  ['RATE_LIMITED', true],
  ['UNREACHABLE', false],
  ['TIMEOUT', false],
  ['SERVER_ERROR', false],
  ['', false],
])('after %s, Heroku has certainly changed nothing: %s', (code, isCertain) => {
  expect(isCertainRefusal(code)).toBe(isCertain);
});
