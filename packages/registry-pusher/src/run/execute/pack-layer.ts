import { createHash } from 'node:crypto';
import type { TemporaryFiles } from '../../files/temporary-files.ts';
import { mediaTypes } from '../../image/descriptor.ts';
import type { BlobLayer } from '../../image/image.ts';
import { gzip, layerGzipOptions } from '../../tar/gzip.ts';
import { type TarEntry, writeTar } from '../../tar/write.ts';

/** Writes a compressed layer into a temporary file. */
export async function packLayer(
  entries: AsyncIterable<TarEntry>,
  files: TemporaryFiles,
  signal: AbortSignal | undefined,
): Promise<BlobLayer> {
  const file = await files.create();
  const tarHash = createHash('sha256');
  const blobHash = createHash('sha256');
  const hashed = async function* () {
    for await (const chunk of writeTar(entries)) {
      signal?.throwIfAborted();
      tarHash.update(chunk);
      yield chunk;
    }
  };
  let size = 0;
  for await (const chunk of gzip(hashed(), layerGzipOptions)) {
    blobHash.update(chunk);
    await file.append(chunk);
    size += chunk.length;
  }
  const digest = `sha256:${blobHash.digest('hex')}` as const;
  return {
    kind: 'blob',
    diffId: `sha256:${tarHash.digest('hex')}`,
    blob: {
      descriptor: { mediaType: mediaTypes.dockerLayerGzip, size, digest },
      open: (from) => file.read(from),
    },
  };
}
