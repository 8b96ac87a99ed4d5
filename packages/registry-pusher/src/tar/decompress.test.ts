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

/** One frame of ten blocks, each 128 KiB of zeros in four bytes. */
const zstdBomb = Buffer.from(`28b52ffd0058${'02001000'.repeat(9)}03001000`, 'hex');

const member = (content: string) => gzipSync(content);

test.for([1, 7, 100_000])(
  'reads several gzip members, and nothing else behind them; in slices of %i (fault 155, registry-pusher)',
  async (slice) => {
    const all = (...parts: Buffer[]) => decompressAll(Buffer.concat(parts), slice);

    expect((await all(member('a'), member(''), member('b'))).toString()).toBe('ab');
    await expect(all(member('a'), Buffer.alloc(512))).rejects.toThrow('invalid gzip header');
    await expect(all(member('a'), Buffer.alloc(3))).rejects.toThrow('invalid gzip header');
    await expect(all(member('a'), Buffer.alloc(10), member('b'))).rejects.toThrow('invalid gzip header');
    await expect(all(member('a'), Buffer.from('garbage'))).rejects.toThrow(/header/);
    await expect(all(member('a'), member('b').subarray(0, 12))).rejects.toThrow(/unexpected/);
  },
);

test.for([1, 7, 100_000])(
  'skips other data between zstd frames; in slices of %i (fault 155, registry-pusher)',
  async (slice) => {
    const skipped = Buffer.concat([
      Buffer.from('5a2a4d18', 'hex'),
      Buffer.from('05000000', 'hex'),
      Buffer.from('other'),
    ]);
    const hello = 'hello zstd\n'.repeat(500);

    for (const parts of [
      [skipped, zstdOfHello],
      [zstdOfHello, skipped],
      [skipped, zstdOfHello, skipped, skipped, zstdOfHello],
    ]) {
      const frames = parts.filter((part) => part === zstdOfHello).length;
      expect((await decompressAll(Buffer.concat(parts), slice)).toString()).toBe(hello.repeat(frames));
    }
  },
);

test.for([
  ['gzip', gzipSync(Buffer.alloc(3_000_000))],
  ['zstd', zstdBomb],
] as const)(
  'stops a decompression bomb in %s at a limit that it names (fault 178, registry-pusher)',
  async ([, bomb]) => {
    const limit = { size: 100_000, ratio: 50 };
    let size = 0;
    const reading = (async () => {
      for await (const chunk of decompress(Readable.from([bomb]), limit)) size += chunk.length;
    })();

    await expect(reading).rejects.toMatchObject({
      code: 'MEDIA_TYPE_REFUSED',
      message: expect.stringContaining('more than 100000 bytes and more than 50 times its size'),
    });
    expect(size).toBeLessThan(1_000_000);
  },
);

test('a large layer within the ratio is no bomb (fault 178, registry-pusher)', async () => {
  const bytes = randomBytes(300_000);
  const unpacked = await buffer(decompress(Readable.from([gzipSync(bytes)]), { size: 1000, ratio: 2 }));

  expect(unpacked.equals(bytes)).toBe(true);
});
