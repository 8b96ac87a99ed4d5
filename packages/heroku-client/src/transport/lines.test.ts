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

it('splits an endless line into pieces', async () => {
  const lines = await linesOf(Array.from({ length: 5 }, () => Buffer.alloc(50_000, 'x')));
  expect(lines.map(({ length }) => length)).toEqual([65_536, 65_536, 65_536, 53_392]);
});
