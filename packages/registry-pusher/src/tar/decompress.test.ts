import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { decompress } from './decompress.ts';

async function decompressAll(compressed: Buffer, slice = compressed.length): Promise<Buffer> {
  const slices = Array.from({ length: Math.ceil(compressed.length / slice) }, (_, index) =>
    compressed.subarray(index * slice, (index + 1) * slice),
  );
  return buffer(decompress(Readable.from(slices)));
}

const text = Buffer.concat([
  Buffer.from('a line of text\n'.repeat(20_000)),
  randomBytes(300_000),
  Buffer.alloc(500_000),
]);

/** `zstd -19` of 'hello zstd\n' repeated 500 times. */
const zstdOfHello = Buffer.from('KLUv/QRonQAAWGhlbGxvIHpzdGQKAQBu5b54AaC6LhA=', 'base64');

test('decompresses gzip, and passes uncompressed bytes through', async () => {
  expect((await decompressAll(gzipSync(text), 1000)).equals(text)).toBe(true);
  expect((await decompressAll(gzipSync(text))).equals(text)).toBe(true);
  expect((await decompressAll(text.subarray(0, 1000), 3)).equals(text.subarray(0, 1000))).toBe(true);
  expect(await decompressAll(Buffer.alloc(0), 1)).toEqual(Buffer.alloc(0));
});

test('decompresses zstd', async () => {
  expect((await decompressAll(zstdOfHello, 7)).toString()).toBe('hello zstd\n'.repeat(500));
  expect((await decompressAll(Buffer.concat([zstdOfHello, zstdOfHello]))).toString()).toBe('hello zstd\n'.repeat(1000));
});

const damage = /unexpected|invalid|incorrect/i;

test.for([
  ['gzip', gzipSync(text)],
  ['decompresses zstd', zstdOfHello],
] as const)('fails on truncated or damaged %s', async ([, compressed]) => {
  await expect(decompressAll(compressed.subarray(0, -3))).rejects.toThrow(damage);
  await expect(decompressAll(compressed.subarray(0, compressed.length / 2))).rejects.toThrow(damage);
  await expect(decompressAll(Buffer.concat([compressed.subarray(0, 12), Buffer.alloc(200, 0xff)]))).rejects.toThrow(
    damage,
  );
});
