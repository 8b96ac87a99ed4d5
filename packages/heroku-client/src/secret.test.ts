import { inspect } from 'node:util';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { redactor, Secret } from './secret.ts';

const value = 'HRKU-s3ntinel/"quoted"+key';

test("can't be printed by accident", () => {
  const secret = new Secret(value);
  expect(
    `${String(secret)} ${JSON.stringify({ secret })} ${inspect(secret)} ${inspect({ deep: [secret] })}`,
  ).not.toContain('s3ntinel');
  expect(secret.reveal()).toBe(value);
});

test('is redacted in every form in which it leaks (fault 89, heroku-client)', () => {
  const redact = redactor([new Secret(value)]);
  const forms = [
    value,
    JSON.stringify(value),
    encodeURIComponent(value),
    Buffer.from(value).toString('base64'),
    Buffer.from(`_:${value}`).toString('base64'),
    Buffer.from(`user:${value}`).toString('base64url'),
  ];
  for (const form of forms) {
    const shown = redact(`before ${form} after`);
    expect(shown).toContain('[REDACTED]');
    expect(shown).not.toContain('s3ntinel');
    expect(shown).not.toContain(form);
  }
});

test('is redacted from base64 at any offset', () => {
  const redact = redactor([new Secret(value)]);
  fc.assert(
    fc.property(fc.string({ maxLength: 20 }), fc.string({ maxLength: 20 }), (before, after) => {
      expect(redact(Buffer.from(`${before}${value}${after}`).toString('base64'))).toContain('[REDACTED]');
    }),
  );
});

test('leaves other text unchanged', () => {
  expect(redactor([new Secret(value), new Secret('abc')])('abc plain text')).toBe('abc plain text');
});

test('equals a secret of the same value', () => {
  expect(new Secret('a').equals(new Secret('a'))).toBe(true);
  expect(new Secret('a').equals(new Secret('b'))).toBe(false);
  expect(new Secret('a').equals(undefined)).toBe(false);
});
