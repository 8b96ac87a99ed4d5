import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createSecretRedactor } from './secrets.ts';

const secret = fc.string({ minLength: 6, maxLength: 40, unit: 'grapheme' });
const around = fc.string({ maxLength: 7 });

test('redacts a secret anywhere, in any encoding', () => {
  fc.assert(
    fc.property(secret, around, around, (key, before, after) => {
      const redactSecrets = createSecretRedactor([key]);
      const whole = `${before}${key}${after}`;
      const bytes = Buffer.from(whole);
      const written = [whole, encodeURIComponent(whole), JSON.stringify(whole)];
      for (const text of [...written, bytes.toString('base64'), bytes.toString('base64url')]) {
        expect(redactSecrets(text)).toContain('[REDACTED]');
        expect(redactSecrets(text)).not.toContain(key);
      }
    }),
  );
});

test('redacts a secret that is the start of another', () => {
  expect(createSecretRedactor(['abcdef', 'abcdefghi'])('x=abcdefghi y=abcdef')).toBe('x=[REDACTED] y=[REDACTED]');
});

test('leaves secrets too short to search for', () => {
  expect(createSecretRedactor(['a', ''])('a banana')).toBe('a banana');
});
