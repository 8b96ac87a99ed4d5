import { createHash, type Hash } from 'node:crypto';
import { type FileHandle, mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Blob } from '../../image/blob.ts';
import { type Descriptor, mediaTypes } from '../../image/descriptor.ts';
import { type Digest, shortDigest } from '../../image/digest.ts';
import { RegistryPusherError } from '../../image/errors.ts';
import type { UncompressedLayer } from '../../image/image.ts';
import { gzip, layerGzipOptions } from '../../tar/gzip.ts';

export type CompressibleLayer = Pick<UncompressedLayer, 'diffId' | 'tar'>;

const chunkSize = 256 * 1024;

/**
 * Gzips a layer off the main thread into a file without a name, which disappears with this process at the latest. The same
 * layer has the same bytes with the same zlib.
 * @param cleanUp receives what removes the file
 * @throws RegistryPusherError FILE_CHANGED if the tar isn't the described one, DISK_FULL, ABORTED
 */
export async function compressLayer(
  layer: CompressibleLayer,
  signal: AbortSignal,
  cleanUp: (() => Promise<void>)[],
): Promise<Blob> {
  try {
    const file = await openNamelessFile();
    cleanUp.push(() => file.close());
    const descriptor = await compressInto(file, layer, signal);
    return { descriptor, open: (from) => readAll(file, from) };
  } catch (error) {
    throw explainError(error, signal);
  }
}

async function compressInto(file: FileHandle, layer: CompressibleLayer, signal: AbortSignal): Promise<Descriptor> {
  const tarHash = createHash('sha256');
  const blobHash = createHash('sha256');
  let size = 0;
  await pipeline(
    layer.tar(),
    async function* (tar: AsyncIterable<Buffer>) {
      yield* gzip(hashed(tar, tarHash), layerGzipOptions);
    },
    async (chunks: AsyncIterable<Buffer>) => {
      for await (const chunk of chunks) {
        blobHash.update(chunk);
        await file.appendFile(chunk);
        size += chunk.length;
      }
    },
    { signal },
  );
  const diffId: Digest = `sha256:${tarHash.digest('hex')}`;
  if (diffId !== layer.diffId) throw changedError(layer.diffId);
  return { mediaType: mediaTypes.dockerLayerGzip, size, digest: `sha256:${blobHash.digest('hex')}` };
}

async function* hashed(chunks: AsyncIterable<Buffer>, hash: Hash): AsyncGenerator<Buffer> {
  for await (const chunk of chunks) {
    hash.update(chunk);
    yield chunk;
  }
}

/** Opens a file for this user only, and removes its name before the first byte is written. */
async function openNamelessFile(): Promise<FileHandle> {
  const directory = await mkdtemp(join(tmpdir(), 'registry-pusher-'));
  try {
    return await open(join(directory, 'layer'), 'wx+', 0o600);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function* readAll(file: FileHandle, from = 0): AsyncGenerator<Buffer> {
  for (let position = from; ;) {
    const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(chunkSize), 0, chunkSize, position);
    if (bytesRead === 0) return;
    position += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}

function changedError(diffId: Digest): RegistryPusherError {
  return new RegistryPusherError(
    'FILE_CHANGED',
    `The files of layer ${shortDigest(diffId)} changed during the build: wait until nothing writes to them, then retry.`,
  );
}

function explainError(error: unknown, signal: AbortSignal): unknown {
  if (error instanceof RegistryPusherError) return error;
  if (signal.aborted) {
    if (signal.reason instanceof RegistryPusherError) return signal.reason;
    return new RegistryPusherError('ABORTED', 'Canceled while compressing a layer.', { cause: signal.reason });
  }
  const { code, syscall } = error as NodeJS.ErrnoException;
  if (code !== 'ENOSPC' && code !== 'EDQUOT' && syscall !== 'mkdtemp') return error;
  return new RegistryPusherError(
    'DISK_FULL',
    `Can't store a compressed layer in ${tmpdir()} (${code}): free up space there, or set TMPDIR to another directory.`,
    { cause: error },
  );
}
