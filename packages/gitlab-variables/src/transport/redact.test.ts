import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { redact } from './redact.ts';

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

it.each(leaks)('removes $secret as $form (fault 117, gitlab-variables)', ({ secret, text, hidden }) => {
  const redacted = redact(text, [secret]);
  expect(redacted).toContain('[REDACTED]');
  const parts = Array.from({ length: Math.max(1, hidden.length - 5) }, (_, at) => hidden.slice(at, at + 6));
  expect(parts.find((part) => redacted.includes(part))).toBeUndefined();
});

it('removes secrets that overlap, contain one another or touch as one', () => {
  const secrets = ['abcdefgh', 'efghijkl', 'cdefgh', '12345678'];
  expect(redact('<abcdefghijkl>', secrets)).toBe('<[REDACTED]>');
  expect(redact('<abcdefgh12345678>', secrets)).toBe('<[REDACTED]>');
  expect(redact('<abcdefgh 12345678>', secrets)).toBe('<[REDACTED] [REDACTED]>');
});

it('leaves short values and other text unchanged', () => {
  expect(redact('a banana', ['a', ''])).toBe('a banana');
  expect(redact('plain text', ['s3cret'])).toBe('plain text');
});
