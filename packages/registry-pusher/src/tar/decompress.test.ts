import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { decompressed } from './decompress.ts';

async function unpack(packed: Buffer, slice = packed.length): Promise<Buffer> {
  const slices = Array.from({ length: Math.ceil(packed.length / slice) }, (_, index) =>
    packed.subarray(index * slice, (index + 1) * slice),
  );
  return buffer(decompressed(Readable.from(slices)));
}

const text = Buffer.concat([
  Buffer.from('a line of text\n'.repeat(20_000)),
  randomBytes(300_000),
  Buffer.alloc(500_000),
]);

/** `zstd -19` of 'hello zstd\n' repeated 500 times. */
const zstdOfHello = Buffer.from('KLUv/QRonQAAWGhlbGxvIHpzdGQKAQBu5b54AaC6LhA=', 'base64');

test('gzip, and what is not packed', async () => {
  expect((await unpack(gzipSync(text), 1000)).equals(text)).toBe(true);
  expect((await unpack(gzipSync(text))).equals(text)).toBe(true);
  expect((await unpack(text.subarray(0, 1000), 3)).equals(text.subarray(0, 1000))).toBe(true);
  expect(await unpack(Buffer.alloc(0), 1)).toEqual(Buffer.alloc(0));
});

test('zstd', async () => {
  expect((await unpack(zstdOfHello, 7)).toString()).toBe('hello zstd\n'.repeat(500));
  expect((await unpack(Buffer.concat([zstdOfHello, zstdOfHello]))).toString()).toBe('hello zstd\n'.repeat(1000));
});

const damage = /unexpected|invalid|incorrect/i;

test.for([
  ['gzip', gzipSync(text)],
  ['zstd', zstdOfHello],
] as const)('%s that is cut short or damaged is an error, not a shorter layer', async ([, packed]) => {
  await expect(unpack(packed.subarray(0, -3))).rejects.toThrow(damage);
  await expect(unpack(packed.subarray(0, packed.length / 2))).rejects.toThrow(damage);
  await expect(unpack(Buffer.concat([packed.subarray(0, 12), Buffer.alloc(200, 0xff)]))).rejects.toThrow(damage);
});
