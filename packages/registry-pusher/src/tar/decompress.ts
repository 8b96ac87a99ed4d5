import { Readable, type Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import * as zlib from 'node:zlib';
import type { Entry } from 'tar-stream';

/**
 * Unpacks a layer that is packed by gzip or zstd, told by its first bytes; any other is given as it is. Nothing is held whole.
 * @throws what the decompressor says of damaged or missing bytes
 */
export async function* decompressed(packed: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const [source, decompressor] = await unpackingStages(packed);
  if (decompressor === undefined) return yield* source as AsyncIterable<Uint8Array>;
  const done = pipeline(source, decompressor);
  done.catch(() => undefined);
  yield* decompressor as AsyncIterable<Uint8Array>;
  await done;
}

/**
 * The entries of a layer's tar file as they stream by, packed or not. Each must be read or passed over before the next.
 * @throws as {@link decompressed}, and what tar-stream says of a file that is no tar
 */
export async function* tarEntries(packed: AsyncIterable<Uint8Array>): AsyncGenerator<Entry> {
  const { extract } = await import('tar-stream');
  const tar = extract();
  const [source, decompressor] = await unpackingStages(packed);
  const sink = tar as unknown as NodeJS.WritableStream;
  const done = decompressor === undefined ? pipeline(source, sink) : pipeline(source, decompressor, sink);
  done.catch(() => undefined);
  yield* tar;
  await done;
}

/** The packed bytes as a stream, and what unpacks them. */
async function unpackingStages(
  packed: AsyncIterable<Uint8Array>,
): Promise<readonly [source: Readable, decompressor?: Transform]> {
  const { start, whole } = await peek(packed, zstdMagic.length);
  const source = (bytes: AsyncIterable<Uint8Array>) => Readable.from(bytes, { objectMode: false });
  if (start.subarray(0, gzipMagic.length).equals(gzipMagic)) return [source(whole), zlib.createGunzip({ chunkSize })];
  if (!start.equals(zstdMagic)) return [source(whole)];
  const { createZstdDecompress } = zlib as {
    createZstdDecompress?: (options: { chunkSize: number }) => Transform;
  };
  if (createZstdDecompress === undefined) return [source(zstdInJavaScript(whole))];
  return [source(whole), createZstdDecompress({ chunkSize })];
}

const gzipMagic = Buffer.from('1f8b', 'hex');
const zstdMagic = Buffer.from('28b52ffd', 'hex');

/** What is unpacked at a time: with the 16 KiB that Node.js has, the trips to another thread take longer than the unpacking. */
const chunkSize = 128 * 1024;

/** A small input may unpack to 128 KiB for every four bytes, so it is taken in small slices. */
const zstdSlice = 4096;

/** For Node.js before 22.15, which has no zstd. */
async function* zstdInJavaScript(packed: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
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
