import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { gzip } from './gzip.ts';

const mebibyte = 1024 * 1024;

async function compress(chunks: readonly Uint8Array[], partsAtOnce = 3): Promise<Buffer> {
  const compressed: Uint8Array[] = [];
  const content = (async function* () {
    yield* chunks;
  })();
  for await (const chunk of gzip(content, { level: 3, partsAtOnce })) compressed.push(chunk);
  return Buffer.concat(compressed);
}

/** The second half repeats the first, partly across the border of two parts. */
function textOf(size: number): Buffer {
  const noise = randomBytes(Math.ceil(size / 2));
  return Buffer.concat([noise, noise]).subarray(0, size);
}

test.each([0, 1, mebibyte - 1, mebibyte, mebibyte + 1, 2 * mebibyte, 3 * mebibyte + 70_000])(
  'round-trips %i bytes in one member',
  async (size) => {
    const content = textOf(size);
    const compressed = await compress([content]);
    expect(gunzipSync(compressed).equals(content)).toBe(true);
    expect(compressed.readUInt32LE(compressed.length - 4)).toBe(size);
  },
);

test('compresses the same content to the same bytes, regardless of its chunks and the number of parts', async () => {
  const content = textOf(2 * mebibyte + 12_345);
  const whole = await compress([content]);
  const cuts = fc.uniqueArray(fc.integer({ min: 0, max: content.length }), { maxLength: 6 });
  await fc.assert(
    fc.asyncProperty(cuts, fc.integer({ min: 1, max: 6 }), async (at, partsAtOnce) => {
      const borders = [0, ...at.toSorted((a, b) => a - b), content.length];
      const chunks = borders.slice(1).map((end, index) => content.subarray(borders[index], end));
      expect((await compress(chunks, partsAtOnce)).equals(whole)).toBe(true);
    }),
    { numRuns: 5 },
  );
});

test('uses the end of a part as the dictionary of the next', async () => {
  const noise = randomBytes(30 * 1024);
  const compressed = await compress([Buffer.alloc(mebibyte - noise.length), noise, noise]);
  expect(compressed.length).toBeLessThan(1.5 * noise.length);
});

test("doesn't use the end of an earlier part", async () => {
  const ends = [randomBytes(30 * 1024), randomBytes(30 * 1024)];
  const parts = ends.map((end) => Buffer.concat([Buffer.alloc(mebibyte - end.length), end]));
  const content = Buffer.concat([...parts, ...ends]);
  expect(gunzipSync(await compress([content])).equals(content)).toBe(true);
});

test('writes no time, name or system', async () => {
  expect((await compress([Buffer.from('x')])).toString('hex', 0, 10)).toBe('1f8b08000000000000ff');
});

test('writes what gzip can decompress', async () => {
  const content = textOf(mebibyte + 5);
  expect(
    execFileSync('gzip', ['-dc'], { input: await compress([content]), maxBuffer: 4 * mebibyte }).equals(content),
  ).toBe(true);
});
