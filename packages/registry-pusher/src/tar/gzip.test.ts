import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { gzipped } from './gzip.ts';

const mebibyte = 1024 * 1024;

async function pack(chunks: readonly Uint8Array[], partsAtOnce = 3): Promise<Buffer> {
  const packed: Uint8Array[] = [];
  const content = (async function* () {
    yield* chunks;
  })();
  for await (const chunk of gzipped(content, { level: 3, partsAtOnce })) packed.push(chunk);
  return Buffer.concat(packed);
}

/** Half of it repeats what came before, some of it from the part before. */
function textOf(size: number): Buffer {
  const noise = randomBytes(Math.ceil(size / 2));
  return Buffer.concat([noise, noise]).subarray(0, size);
}

test.each([0, 1, mebibyte - 1, mebibyte, mebibyte + 1, 2 * mebibyte, 3 * mebibyte + 70_000])(
  '%i bytes come out as they went in, in one member',
  async (size) => {
    const content = textOf(size);
    const packed = await pack([content]);
    expect(gunzipSync(packed).equals(content)).toBe(true);
    expect(packed.readUInt32LE(packed.length - 4)).toBe(size);
  },
);

test('the same content gives the same bytes, however it comes and however many parts are packed at a time', async () => {
  const content = textOf(2 * mebibyte + 12_345);
  const whole = await pack([content]);
  const cuts = fc.uniqueArray(fc.integer({ min: 0, max: content.length }), { maxLength: 6 });
  await fc.assert(
    fc.asyncProperty(cuts, fc.integer({ min: 1, max: 6 }), async (at, partsAtOnce) => {
      const borders = [0, ...at.toSorted((a, b) => a - b), content.length];
      const chunks = borders.slice(1).map((end, index) => content.subarray(borders[index], end));
      expect((await pack(chunks, partsAtOnce)).equals(whole)).toBe(true);
    }),
    { numRuns: 15 },
  );
});

test('a part is packed with what the one before ended with', async () => {
  const noise = randomBytes(30 * 1024);
  const packed = await pack([Buffer.alloc(mebibyte - noise.length), noise, noise]);
  expect(packed.length).toBeLessThan(1.5 * noise.length);
});

test('and not with what an earlier one ended with', async () => {
  const ends = [randomBytes(30 * 1024), randomBytes(30 * 1024)];
  const parts = ends.map((end) => Buffer.concat([Buffer.alloc(mebibyte - end.length), end]));
  const content = Buffer.concat([...parts, ...ends]);
  expect(gunzipSync(await pack([content])).equals(content)).toBe(true);
});

test('neither time nor name nor system is told', async () => {
  expect((await pack([Buffer.from('x')])).toString('hex', 0, 10)).toBe('1f8b08000000000000ff');
});

test('gzip itself finds it whole', async () => {
  const content = textOf(mebibyte + 5);
  expect(execFileSync('gzip', ['-dc'], { input: await pack([content]), maxBuffer: 4 * mebibyte }).equals(content)).toBe(
    true,
  );
});
