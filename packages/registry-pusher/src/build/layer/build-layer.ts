import { createHash, type Hash } from 'node:crypto';
import { Readable } from 'node:stream';
import type { TemporaryFiles } from '../../files/temporary-files.ts';
import { blobOf } from '../../image/blob.ts';
import type { Digest } from '../../image/digest.ts';
import { mediaTypes } from '../../image/descriptor.ts';
import type { BlobLayer, StoredLayer, UncompressedLayer } from '../../image/image.ts';
import { abortError } from './abort-error.ts';
import type { Entry } from './entry.ts';
import { gzip, layerGzipOptions } from '../../tar/gzip.ts';
import type { LayerRecord } from './layer-record.ts';
import { type Inspect, writeLayerTar } from './layer-tar.ts';

/** The source of a layer. The source digest identifies the layer before it is built. */
export interface LayerSource extends LayerRecord {
  readonly entries: readonly Entry[];
  /** The same layer in the previous image. Its entries weren't read. */
  readonly stored?: StoredLayer;
  /** Reads the entries that weren't read. */
  readonly reread?: () => Promise<LayerSource>;
  /** The time of all entries, in seconds since 1970. Without it, times derive from contents. */
  readonly epoch: number | undefined;
}

const bufferSize = 1024 * 1024;

/** Returns whether there is no layer, because nothing is copied or created. */
export function isEmpty({ entries, stored }: LayerSource): boolean {
  return entries.length === 0 && stored === undefined;
}

/** Creates a layer's source and counts its files. */
export function createLayerSource(
  {
    from,
    ...record
  }: Omit<LayerRecord, 'files' | 'size' | 'from'> & { readonly from: LayerRecord['from'] | undefined },
  entries: readonly Entry[],
  epoch: number | undefined,
): LayerSource {
  const files = entries.filter((entry) => entry.type === 'file');
  const size = files.reduce((sum, file) => sum + file.size, 0);
  return { ...record, ...(from === undefined ? {} : { from }), files: files.length, size, entries, epoch };
}

/**
 * Builds a layer without keeping its tar file. Writes the tar file once to compute its digest, and again on each read.
 * @param inspect sees the files of other images during the first write
 * @throws RegistryPusherError FILE_CHANGED, ABORTED
 */
export async function buildUncompressedLayer(
  source: LayerSource,
  signal?: AbortSignal,
  inspect?: Inspect,
): Promise<UncompressedLayer> {
  const hash = createHash('sha256');
  for await (const _ of hashTar(source, hash, signal, inspect)) continue;
  const { entries, epoch } = source;
  const tar = () => Readable.from(writeLayerTar(entries, epoch), { objectMode: false });
  return { kind: 'tar', diffId: `sha256:${hash.digest('hex')}`, tar };
}

/**
 * Builds a layer and keeps it compressed in memory. A push doesn't read its files again.
 * @param inspect sees the files of other images
 * @throws RegistryPusherError FILE_CHANGED, ABORTED
 */
export async function buildCompressedLayer(
  source: LayerSource,
  signal?: AbortSignal,
  inspect?: Inspect,
): Promise<BlobLayer> {
  const hash = createHash('sha256');
  const chunks: Buffer[] = [];
  for await (const chunk of gzip(hashTar(source, hash, signal, inspect), layerGzipOptions))
    chunks.push(Buffer.from(chunk));
  const blob = blobOf(mediaTypes.dockerLayerGzip, Buffer.concat(chunks));
  return { kind: 'blob', diffId: `sha256:${hash.digest('hex')}`, blob };
}

/**
 * Builds a layer and keeps it compressed in a file. Without space for that, builds it as {@link buildUncompressedLayer}.
 * @param inspect sees the files of other images
 * @throws RegistryPusherError FILE_CHANGED, ABORTED
 */
export async function buildLayerInFile(
  source: LayerSource,
  files: TemporaryFiles,
  signal?: AbortSignal,
  inspect?: Inspect,
): Promise<BlobLayer | UncompressedLayer> {
  try {
    const file = await files.create();
    const tarHash = createHash('sha256');
    const blobHash = createHash('sha256');
    let size = 0;
    for await (const chunk of gzip(hashTar(source, tarHash, signal, inspect), layerGzipOptions)) {
      blobHash.update(chunk);
      await file.append(chunk);
      size += chunk.length;
    }
    const digest: Digest = `sha256:${blobHash.digest('hex')}`;
    return {
      kind: 'blob',
      diffId: `sha256:${tarHash.digest('hex')}`,
      blob: {
        descriptor: { mediaType: mediaTypes.dockerLayerGzip, size, digest },
        open: (from) => file.read(from),
      },
    };
  } catch (error) {
    const { code, syscall } = error as NodeJS.ErrnoException;
    if (code !== 'ENOSPC' && code !== 'EDQUOT' && syscall !== 'mkdtemp') throw error;
    return buildUncompressedLayer(source, signal, inspect);
  }
}

/** Writes a layer's tar file and hashes it. Each chunk is valid until the next one. */
async function* hashTar(
  { entries, epoch }: LayerSource,
  hash: Hash,
  signal: AbortSignal | undefined,
  inspect: Inspect | undefined,
): AsyncGenerator<Buffer> {
  for await (const chunk of writeLayerTar(entries, epoch, Buffer.allocUnsafe(bufferSize), inspect)) {
    if (signal?.aborted) throw abortError(signal);
    hash.update(chunk);
    yield chunk;
  }
}
