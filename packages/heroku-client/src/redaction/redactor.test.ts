import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Secret } from '../secret.ts';
import { createRedactor, type RedactedStream } from './redactor.ts';

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

const value = 'HRKU-s3ntinel/"quoted"+key';
const redactorOf = (...values: string[]) => createRedactor(values.map((text) => new Secret(text)));
const redactAll = (stream: RedactedStream, chunks: readonly string[]) =>
  chunks.map((chunk) => stream.write(chunk)).join('') + stream.end();

/** Returns six characters in a row that are still readable. */
function survivorOf(hidden: string, text: string): string | undefined {
  const starts = Array.from({ length: Math.max(1, hidden.length - 5) }, (_, at) => hidden.slice(at, at + 6));
  return starts.find((part) => text.includes(part));
}

describe('a redactor', () => {
  it.each(leaks)('removes $secret as $form (faults 89, 117, heroku-client)', ({ secret, text, hidden }) => {
    expect(survivorOf(hidden, text)).toBe(hidden.slice(0, 6));
    const { redact, stream } = redactorOf(secret);
    const redacted = redact(text);
    expect(redacted).toContain('[REDACTED]');
    expect(survivorOf(hidden, redacted)).toBeUndefined();
    expect(redactAll(stream(), [...text])).toBe(redacted);
  });

  it('removes a secret from base64 of any text (fault 89, heroku-client)', () => {
    const { redact } = redactorOf(value);
    const around = fc.string({ maxLength: 20 });
    fc.assert(
      fc.property(around, around, fc.constantFrom('base64', 'base64url'), (before, after, encoding) => {
        const core = Buffer.from(value).toString(encoding).slice(0, -1);
        const redacted = redact(Buffer.from(`${before}${value}${after}`).toString(encoding));
        expect(redacted).toContain('[REDACTED]');
        expect(survivorOf(core, redacted)).toBeUndefined();
      }),
    );
  });

  it('removes secrets that overlap, contain one another or touch as one (fault 117, heroku-client)', () => {
    const { redact } = redactorOf('abcdefgh', 'efghijkl', 'cdefgh', '12345678');
    expect(redact('<abcdefghijkl>')).toBe('<[REDACTED]>');
    expect(redact('<abcdefgh12345678>')).toBe('<[REDACTED]>');
    expect(redact('<abcdefgh 12345678>')).toBe('<[REDACTED] [REDACTED]>');
    expect(redactorOf('aaaaaa').redact('baaaaaaaaab')).toBe('b[REDACTED]b');
  });

  it('covers what any secret covers, and nothing else', () => {
    const letters = fc
      .array(fc.constantFrom('a', 'b', 'c'), { minLength: 2, maxLength: 6 })
      .map((list) => list.join(''));
    const texts = fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 40 }).map((list) => list.join(''));
    fc.assert(
      fc.property(fc.array(letters, { maxLength: 4 }), texts, (secrets, text) => {
        const covered = new Set<number>();
        for (const secret of secrets)
          for (let at = text.indexOf(secret); at >= 0; at = text.indexOf(secret, at + 1))
            for (let index = at; index < at + secret.length; index += 1) covered.add(index);
        const expected = [...text].map((letter, at) => (covered.has(at) ? '#' : letter)).join('');
        const { redact } = createRedactor(
          secrets.map((secret) => new Secret(secret)),
          { shortest: 2 },
        );
        expect(redact(text)).toBe(expected.replaceAll(/#+/g, '[REDACTED]'));
      }),
      { numRuns: 1_000 },
    );
  });

  it('gives the same result however a text is split over writes (fault 89, heroku-client)', () => {
    const { redact, stream } = redactorOf(value, value.slice(4), 'aaaaaa', 'aab-aab');
    const parts = fc.constantFrom(
      value,
      value.slice(0, 9),
      'aaa',
      'aab',
      '-',
      ' ',
      Buffer.from(value).toString('base64'),
    );
    const texts = fc.array(parts, { maxLength: 12 }).map((list) => list.join(''));
    const sizes = fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(texts, sizes, (text, lengths) => {
        const chunks: string[] = [];
        for (let at = 0, index = 0; at < text.length; index += 1) {
          const length = lengths[index % lengths.length]! || index % 2;
          chunks.push(text.slice(at, at + length));
          at += length;
        }
        expect(redactAll(stream(), chunks)).toBe(redact(text));
      }),
      { numRuns: 1_000 },
    );
  });

  it('returns at once what no secret can continue', () => {
    const stream = redactorOf('s3cret-key').stream();
    expect(stream.write('listening on s3cre')).toBe('listening on ');
    expect(stream.write('ts\nnext')).toBe('s3crets\nnext');
    expect(stream.write(' s3cret-key')).toBe(' [REDACTED]');
    expect(stream.write('!')).toBe('!');
    expect(stream.end()).toBe('');
  });

  it('keeps little while a secret repeats without an end', () => {
    const stream = redactorOf('a'.repeat(40)).stream();
    const returned = Array.from({ length: 100 }, () => stream.write('a'.repeat(10_000)));
    expect(returned.join('') + stream.end()).toBe('[REDACTED]');
    expect(returned[0]).toBe('[REDACTED]');
  });

  it('needs linear time, whatever the text (fault 117, heroku-client)', () => {
    const almost = `${'a'.repeat(2_000)}b`;
    const text = 'a'.repeat(5_000_000);
    expect(redactorOf(almost, `c${almost}`).redact(text)).toBe(text);
  });

  it('leaves short secrets and other text unchanged', () => {
    const { redact, stream } = redactorOf('abc', '');
    expect(redact('abc plain text')).toBe('abc plain text');
    expect(redactAll(stream(), ['abc ', 'text'])).toBe('abc text');
    expect(redactorOf(value).redact('abc plain text')).toBe('abc plain text');
    expect(createRedactor([new Secret('abcd')], { shortest: 4 }).redact('abcd')).toBe('[REDACTED]');
  });

  it('knows half characters as they are and as UTF-8 has them', () => {
    const { redact } = redactorOf('a\ud800b-secret');
    expect(redact('a\ud800b-secret a\ufffdb-secret')).toBe('[REDACTED] [REDACTED]');
  });
});
