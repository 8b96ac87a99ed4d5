import fc from 'fast-check';
import { expect, it } from 'vitest';
import { splitLines } from './lines.ts';

async function linesOf(chunks: readonly Uint8Array[]): Promise<string[]> {
  async function* stream(): AsyncGenerator<Uint8Array> {
    yield* chunks;
  }
  const lines: string[] = [];
  for await (const line of splitLines(stream())) lines.push(line);
  return lines;
}

it('returns the same lines wherever chunks end, even inside a character', async () => {
  const line = fc.string({ unit: 'grapheme' }).map((text) => text.replaceAll(/[\r\n\uFEFF]/g, ''));
  await fc.assert(
    fc.asyncProperty(fc.array(line), fc.array(fc.nat(40)), async (lines, cuts) => {
      const bytes = Buffer.from(lines.map((text) => `${text}\n`).join(''));
      const chunks: Uint8Array[] = [];
      let at = 0;
      for (const length of [...cuts, bytes.length]) chunks.push(bytes.subarray(at, (at += length)));
      expect(await linesOf(chunks)).toEqual(lines);
    }),
  );
});

it('drops carriage returns and keeps an unterminated last line', async () => {
  expect(await linesOf([Buffer.from('one\r\ntwo\n\nthree')])).toEqual(['one', 'two', '', 'three']);
});

it('cuts an endless line, and goes on with the next one (fault 175, heroku-client)', async () => {
  const endless = Array.from({ length: 100 }, () => Buffer.alloc(50_000, 'x'));
  const lines = await linesOf([Buffer.from('one\n'), ...endless, Buffer.from('x\ntwo\n'), ...endless]);
  const cut = `${'x'.repeat(65_536)}… (the rest of this line was cut)`;
  expect(lines).toEqual(['one', cut, 'two', cut]);
});
