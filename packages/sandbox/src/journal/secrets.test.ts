import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createSecretRedactor } from './secrets.ts';

/** A text that shows a secret in some form. All redactors of this repository share the table; other programs wrote it. */
interface Leak {
  readonly secret: string;
  readonly form: string;
  readonly text: string;
  /** The part of the text that tells the secret. */
  readonly hidden: string;
}

const leaks = JSON.parse(
  readFileSync(new URL('../../../../tools/golden/redaction.json', import.meta.url), 'utf8'),
) as Leak[];

const secret = fc.string({ minLength: 6, maxLength: 40, unit: 'grapheme' });
const around = fc.string({ maxLength: 7 });

test.each(leaks)('redacts $secret as $form (fault 117, sandbox)', ({ secret: key, text, hidden }) => {
  const result = createSecretRedactor([key])(text);
  expect(result).toContain('[REDACTED]');
  const parts = Array.from({ length: Math.max(1, hidden.length - 5) }, (_, at) => hidden.slice(at, at + 6));
  expect(parts.find((part) => result.includes(part))).toBeUndefined();
});

test('redacts secrets that overlap, contain one another or touch as one', () => {
  const redactSecrets = createSecretRedactor(['abcdefgh', 'efghijkl', 'cdefgh', '12345678', 'zzzzzz']);
  expect(redactSecrets('<abcdefghijkl>')).toBe('<[REDACTED]>');
  expect(redactSecrets('<abcdefgh12345678>')).toBe('<[REDACTED]>');
  expect(redactSecrets('<abcdefgh 12345678>')).toBe('<[REDACTED] [REDACTED]>');
  expect(redactSecrets('yzzzzzzzzy')).toBe('y[REDACTED]y');
});

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
