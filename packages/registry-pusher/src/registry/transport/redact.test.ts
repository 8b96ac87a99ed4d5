import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { redact, secretsIn } from './redact.ts';

interface Row {
  readonly secret: string;
  readonly form: string;
  readonly text: string;
  readonly hidden: string;
}

const table = new URL('../../../../../tools/golden/redaction.json', import.meta.url);
/** No request carries a secret with line breaks. */
const rows = (JSON.parse(readFileSync(table, 'utf8')) as Row[]).filter(({ secret }) => !/[\r\n]/.test(secret));

test.each(rows)('redacts $secret: $form', ({ secret, text, hidden }) => {
  expect(text).toContain(hidden);
  expect(redact(text, [secret])).not.toContain(hidden);
  expect(redact(text, [secret])).toContain('[REDACTED]');
});

test('keeps everything else, and values that are too short', () => {
  expect(redact('the key is a key', ['key', 'secret'])).toBe('the key is a key');
  expect(redact('before secret after', ['secret'])).toBe('before [REDACTED] after');
});

test('a text with many secrets next to each other says so once', () => {
  expect(redact('<password><password> password', ['<password>', 'password'])).toBe('[REDACTED] [REDACTED]');
});

test('an Authorization header contains a password, or a token', () => {
  const basic = Buffer.from('user:pass:word').toString('base64');
  expect(secretsIn(`Basic ${basic}`)).toEqual([basic, 'user:pass:word', 'pass:word']);
  expect(secretsIn('Bearer abc.def')).toEqual(['abc.def']);
});
