import fc from 'fast-check';
import { expect, test } from 'vitest';
import { secretsCutter } from './secrets.ts';

const secret = fc.string({ minLength: 6, maxLength: 40, unit: 'grapheme' });
const around = fc.string({ maxLength: 7 });

test('a secret is cut wherever it stands and however it is written', () => {
  fc.assert(
    fc.property(secret, around, around, (key, before, after) => {
      const cutSecrets = secretsCutter([key]);
      const whole = `${before}${key}${after}`;
      const bytes = Buffer.from(whole);
      const written = [whole, encodeURIComponent(whole), JSON.stringify(whole)];
      for (const text of [...written, bytes.toString('base64'), bytes.toString('base64url')]) {
        expect(cutSecrets(text)).toContain('[cut]');
        expect(cutSecrets(text)).not.toContain(key);
      }
    }),
  );
});

test('of two secrets where one begins the other, neither’s end is left', () => {
  expect(secretsCutter(['abcdef', 'abcdefghi'])('x=abcdefghi y=abcdef')).toBe('x=[cut] y=[cut]');
});

test('what is too short to be told from other text is left to the rules', () => {
  expect(secretsCutter(['a', ''])('a banana')).toBe('a banana');
});
