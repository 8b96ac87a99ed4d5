import { Readable, type Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import * as zlib from 'node:zlib';

/**
 * Unpacks a layer that is packed by gzip or zstd, told by its first bytes; any other is given as it is. Nothing is held whole.
 * @throws what the decompressor says of damaged or missing bytes
 */
export async function* decompressed(packed: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const { start, whole } = await peek(packed, zstdMagic.length);
  if (start.subarray(0, gzipMagic.length).equals(gzipMagic)) yield* through(zlib.createGunzip({ chunkSize }), whole);
  else if (start.equals(zstdMagic)) yield* fromZstd(whole);
  else yield* whole;
}

const gzipMagic = Buffer.from('1f8b', 'hex');
const zstdMagic = Buffer.from('28b52ffd', 'hex');

/** What is unpacked at a time: with the 16 KiB that Node.js has, the trips to another thread take longer than the unpacking. */
const chunkSize = 256 * 1024;

/** A small input may unpack to 128 KiB for every four bytes, so it is taken in small slices. */
const zstdSlice = 4096;

/** Node.js has zstd from 22.15 on; for the older ones there is a decompressor in JavaScript. */
async function* fromZstd(packed: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const { createZstdDecompress } = zlib as { createZstdDecompress?: (options: { chunkSize: number }) => Transform };
  if (createZstdDecompress !== undefined) return yield* through(createZstdDecompress({ chunkSize }), packed);
  const { Decompress } = await import('fzstd');
  let ready: Uint8Array[] = [];
  const decompress = new Decompress((chunk) => ready.push(chunk));
  for await (const chunk of packed) {
    for (let at = 0; at < chunk.length; at += zstdSlice) {
      decompress.push(chunk.subarray(at, at + zstdSlice));
      yield* ready;
      ready = [];
    }
  }
  decompress.push(new Uint8Array(0), true);
  yield* ready;
}

async function* through(decompressor: Transform, packed: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const done = pipeline(Readable.from(packed, { objectMode: false }), decompressor);
  done.catch(() => undefined);
  yield* decompressor as AsyncIterable<Uint8Array>;
  await done;
}

/** The first bytes, and all of them. */
async function peek(packed: AsyncIterable<Uint8Array>, length: number) {
  const chunks = packed[Symbol.asyncIterator]();
  let first = Buffer.alloc(0);
  while (first.length < length) {
    const next = await chunks.next();
    if (next.done === true) break;
    first = Buffer.concat([first, next.value]);
  }
  const whole = async function* () {
    try {
      if (first.length > 0) yield first;
      for (let next = await chunks.next(); next.done !== true; next = await chunks.next()) yield next.value;
    } finally {
      await chunks.return?.();
    }
  };
  return { start: first.subarray(0, length), whole: whole() };
}
