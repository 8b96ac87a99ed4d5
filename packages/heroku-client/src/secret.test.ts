import { inspect } from 'node:util';
import { expect, test } from 'vitest';
import { Secret } from './secret.ts';

const value = 'HRKU-s3ntinel/"quoted"+key';

test("can't be printed by accident", () => {
  const secret = new Secret(value);
  expect(
    `${String(secret)} ${JSON.stringify({ secret })} ${inspect(secret)} ${inspect({ deep: [secret] })}`,
  ).not.toContain('s3ntinel');
  expect(secret.reveal()).toBe(value);
});

test('equals a secret of the same value', () => {
  expect(new Secret('a').equals(new Secret('a'))).toBe(true);
  expect(new Secret('a').equals(new Secret('b'))).toBe(false);
  expect(new Secret('a').equals(undefined)).toBe(false);
});
