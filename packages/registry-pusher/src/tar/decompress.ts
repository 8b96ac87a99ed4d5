import { Readable, type Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import * as zlib from 'node:zlib';
import { type ArchiveEntry, readTar } from './read.ts';

/**
 * Decompresses a layer in gzip or zstd, detected by its first bytes; passes others through. Streams; buffers nothing whole.
 * @throws the decompressor's errors about damaged or missing bytes
 */
export async function* decompress(compressed: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const [source, decompressor] = await openStages(compressed);
  if (decompressor === undefined) return yield* source as AsyncIterable<Uint8Array>;
  const done = pipeline(source, decompressor);
  done.catch(() => undefined);
  yield* decompressor as AsyncIterable<Uint8Array>;
  await done;
}

/**
 * Streams the entries of a layer's tar file, compressed or not.
 * @throws as {@link decompress} and {@link readTar}
 */
export function readTarEntries(compressed: AsyncIterable<Uint8Array>): AsyncGenerator<ArchiveEntry> {
  return readTar(decompress(compressed));
}

/** Returns the bytes as a stream, and the stream that decompresses them. */
async function openStages(
  compressed: AsyncIterable<Uint8Array>,
): Promise<readonly [source: Readable, decompressor?: Transform]> {
  const { start, whole } = await peek(compressed, zstdMagic.length);
  const source = (bytes: AsyncIterable<Uint8Array>) => Readable.from(bytes, { objectMode: false });
  if (start.subarray(0, gzipMagic.length).equals(gzipMagic)) return [source(whole), zlib.createGunzip({ chunkSize })];
  if (!start.equals(zstdMagic)) return [source(whole)];
  const { createZstdDecompress } = zlib as {
    createZstdDecompress?: (options: { chunkSize: number }) => Transform;
  };
  if (createZstdDecompress === undefined) return [source(decompressZstdInJavaScript(whole))];
  return [source(whole), createZstdDecompress({ chunkSize })];
}

const gzipMagic = Buffer.from('1f8b', 'hex');
const zstdMagic = Buffer.from('28b52ffd', 'hex');

/** With Node's default of 16 KiB, switching threads takes longer than decompressing. */
const chunkSize = 128 * 1024;

/** Four bytes of input may decompress to 128 KiB, so each slice is small. */
const zstdSlice = 4096;

/** For Node before 22.15, which has no zstd. */
async function* decompressZstdInJavaScript(compressed: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const { Decompress } = await import('fzstd');
  let ready: Uint8Array[] = [];
  const decompress = new Decompress((chunk) => ready.push(chunk));
  for await (const chunk of compressed) {
    for (let at = 0; at < chunk.length; at += zstdSlice) {
      decompress.push(chunk.subarray(at, at + zstdSlice));
      yield* ready;
      ready = [];
    }
  }
  decompress.push(new Uint8Array(0), true);
  yield* ready;
}

/** Returns the first bytes, and all of them. */
async function peek(compressed: AsyncIterable<Uint8Array>, length: number) {
  const chunks = compressed[Symbol.asyncIterator]();
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
