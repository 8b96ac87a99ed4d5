import { createHash, type Hash } from 'node:crypto';
import { tmpdir } from 'node:os';
import { pipeline } from 'node:stream/promises';
import { TemporaryFile } from '../../files/temporary-files.ts';
import type { Blob } from '../../image/blob.ts';
import { type Descriptor, mediaTypes } from '../../image/descriptor.ts';
import { type Digest, shortDigest } from '../../image/digest.ts';
import { RegistryPusherError } from '../../image/errors.ts';
import type { UncompressedLayer } from '../../image/image.ts';
import { gzip, layerGzipOptions } from '../../tar/gzip.ts';

export type CompressibleLayer = Pick<UncompressedLayer, 'diffId' | 'tar'>;

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
    const file = await TemporaryFile.create();
    cleanUp.push(() => file.close());
    const descriptor = await compressInto(file, layer, signal);
    return { descriptor, open: (from) => file.read(from) };
  } catch (error) {
    throw explainError(error, signal);
  }
}

async function compressInto(file: TemporaryFile, layer: CompressibleLayer, signal: AbortSignal): Promise<Descriptor> {
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
        await file.append(chunk);
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
