import { createHash, type Hash } from 'node:crypto';
import { Readable } from 'node:stream';
import { blobOf } from '../../image/blob.ts';
import { mediaTypes } from '../../image/descriptor.ts';
import type { BlobLayer, StoredLayer, UncompressedLayer } from '../../image/image.ts';
import { aborted } from './aborted.ts';
import type { Entry } from './entry.ts';
import { gzip, layerGzipOptions } from '../../tar/gzip.ts';
import type { LayerRecord } from './history-entry.ts';
import { type Inspect, tarOf } from './tar.ts';

/** What a layer is made from, told by its source digest before any of it is written. */
export interface LayerSource extends LayerRecord {
  readonly entries: readonly Entry[];
  /** The layer of an earlier image, where its entries were not looked at. */
  readonly stored?: StoredLayer;
  /** Seconds since 1970. */
  readonly mtime: number;
}

const bufferSize = 1024 * 1024;

/** Whether there is no layer: nothing is copied or created. */
export function isEmpty({ entries, stored }: LayerSource): boolean {
  return entries.length === 0 && stored === undefined;
}

/** Counts what a layer is made of. */
export function layerSource(
  { from, ...told }: Omit<LayerRecord, 'files' | 'size' | 'from'> & { readonly from: LayerRecord['from'] | undefined },
  entries: readonly Entry[],
  mtime: number,
): LayerSource {
  const files = entries.filter((entry) => entry.type === 'file');
  const size = files.reduce((sum, file) => sum + file.size, 0);
  return { ...told, ...(from === undefined ? {} : { from }), files: files.length, size, entries, mtime };
}

/**
 * Makes a layer: the tar file is written once to learn its digest, and again whenever it is asked for; it is never kept.
 * @param inspect looks at what is copied from other images, the first time
 * @throws RegistryPusherError FILE_CHANGED, ABORTED
 */
export async function uncompressedLayer(
  source: LayerSource,
  signal?: AbortSignal,
  inspect?: Inspect,
): Promise<UncompressedLayer> {
  const hash = createHash('sha256');
  for await (const _ of hashedTar(source, hash, signal, inspect)) continue;
  const { entries, mtime } = source;
  const tar = () => Readable.from(tarOf(entries, mtime), { objectMode: false });
  return { kind: 'tar', diffId: `sha256:${hash.digest('hex')}`, tar };
}

/**
 * Makes a layer and keeps it compressed in memory: a push need not read its files again.
 * @param inspect looks at what is copied from other images
 * @throws RegistryPusherError FILE_CHANGED, ABORTED
 */
export async function compressedLayer(
  source: LayerSource,
  signal?: AbortSignal,
  inspect?: Inspect,
): Promise<BlobLayer> {
  const hash = createHash('sha256');
  const chunks: Buffer[] = [];
  for await (const chunk of gzip(hashedTar(source, hash, signal, inspect), layerGzipOptions))
    chunks.push(Buffer.from(chunk));
  const blob = blobOf(mediaTypes.dockerLayerGzip, Buffer.concat(chunks));
  return { kind: 'blob', diffId: `sha256:${hash.digest('hex')}`, blob };
}

/** A layer's tar file as it is written the first time. Each chunk is valid until the next one. */
async function* hashedTar(
  { entries, mtime }: LayerSource,
  hash: Hash,
  signal: AbortSignal | undefined,
  inspect: Inspect | undefined,
): AsyncGenerator<Buffer> {
  for await (const chunk of tarOf(entries, mtime, Buffer.allocUnsafe(bufferSize), inspect)) {
    if (signal?.aborted) throw aborted(signal);
    hash.update(chunk);
    yield chunk;
  }
}
