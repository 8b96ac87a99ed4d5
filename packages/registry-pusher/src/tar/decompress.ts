import { Readable, type Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import * as zlib from 'node:zlib';
import { RegistryPusherError } from '../image/errors.ts';
import { type ArchiveEntry, readTar } from './read.ts';

/** How much a layer may grow. */
export interface ExpansionLimit {
  /** Bytes that any layer may have. */
  readonly size: number;
  /** How many times its compressed size a larger one may have. Deflate reaches 1000 with zeros, files reach 20. */
  readonly ratio: number;
}

const defaultLimit: ExpansionLimit = { size: 8 * 1024 ** 3, ratio: 100 };

/**
 * Decompresses a layer in gzip or zstd, detected by its first bytes; passes others through. Streams; buffers nothing whole.
 * @throws the decompressor's errors about damaged, missing or additional bytes, and RegistryPusherError MEDIA_TYPE_REFUSED for
 * a layer that grows beyond the limit
 */
export async function* decompress(
  compressed: AsyncIterable<Uint8Array>,
  limit: ExpansionLimit = defaultLimit,
): AsyncGenerator<Uint8Array> {
  let read = 0;
  let written = 0;
  const counted = async function* () {
    for await (const chunk of compressed) {
      read += chunk.length;
      yield chunk;
    }
  };
  for await (const chunk of runStages(counted(), () => read)) {
    written += chunk.length;
    if (written > limit.size && written > read * limit.ratio) throw expansionError(limit);
    yield chunk;
  }
}

async function* runStages(compressed: AsyncIterable<Uint8Array>, bytesRead: () => number): AsyncGenerator<Uint8Array> {
  const [source, decompressor] = await openStages(compressed);
  if (decompressor === undefined) return yield* source as AsyncIterable<Uint8Array>;
  const isGzip = decompressor instanceof zlib.Gunzip;
  const done = pipeline(source, decompressor).catch((error: NodeJS.ErrnoException) => {
    if (!isGzip || error.code !== 'ERR_STREAM_PREMATURE_CLOSE') throw error;
  });
  done.catch(() => undefined);
  yield* decompressor as AsyncIterable<Uint8Array>;
  await done;
  // Node.js ignores zeros behind gzip, and what follows them; Go, and so every registry client, doesn't.
  if (isGzip && decompressor.bytesWritten < bytesRead())
    throw new Error('invalid gzip header after the compressed data');
}

function expansionError({ size, ratio }: ExpansionLimit): RegistryPusherError {
  return new RegistryPusherError(
    'MEDIA_TYPE_REFUSED',
    `A layer decompresses to more than ${size} bytes and more than ${ratio} times its size, which is the limit: it may be a ` +
      'decompression bomb. Choose another image.',
  );
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
  if (!start.equals(zstdMagic) && !isSkippableFrame(start)) return [source(whole)];
  const { createZstdDecompress } = zlib as {
    createZstdDecompress?: (options: { chunkSize: number }) => Transform;
  };
  if (createZstdDecompress === undefined) return [source(decompressZstdInJavaScript(whole))];
  return [source(whole), createZstdDecompress({ chunkSize })];
}

/** A zstd file may start with a frame of other data. @see RFC 8878, 3.1.2 */
function isSkippableFrame(start: Buffer): boolean {
  return start.length === zstdMagic.length && start.readUInt32LE(0) >>> 4 === 0x184d2a5;
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
