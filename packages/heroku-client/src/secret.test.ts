import { inspect } from 'node:util';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { redactor, Secret } from './secret.ts';

const value = 'HRKU-s3ntinel/"quoted"+key';

test('a secret cannot be printed by accident', () => {
  const secret = new Secret(value);
  expect(
    `${String(secret)} ${JSON.stringify({ secret })} ${inspect(secret)} ${inspect({ deep: [secret] })}`,
  ).not.toContain('s3ntinel');
  expect(secret.reveal()).toBe(value);
});

test('every form in which it leaks is cut (fault 89)', () => {
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

test('base64 of a secret is cut at any offset in a longer text', () => {
  const redact = redactor([new Secret(value)]);
  fc.assert(
    fc.property(fc.string({ maxLength: 20 }), fc.string({ maxLength: 20 }), (before, after) => {
      expect(redact(Buffer.from(`${before}${value}${after}`).toString('base64'))).toContain('[REDACTED]');
    }),
  );
});

test('a text without the secret stays as it is', () => {
  expect(redactor([new Secret(value), new Secret('abc')])('abc plain text')).toBe('abc plain text');
});
