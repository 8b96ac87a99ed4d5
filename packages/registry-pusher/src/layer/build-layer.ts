import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import type { Digest } from '../image/digest.ts';
import type { NewLayer, StoredLayer } from '../image/image.ts';
import { aborted } from './aborted.ts';
import type { Entry } from './entry.ts';
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
export async function newLayer(
  { entries, mtime }: LayerSource,
  signal?: AbortSignal,
  inspect?: Inspect,
): Promise<NewLayer> {
  const hash = createHash('sha256');
  let size = 0;
  for await (const chunk of tarOf(entries, mtime, Buffer.allocUnsafe(bufferSize), inspect)) {
    if (signal?.aborted) throw aborted(signal);
    hash.update(chunk);
    size += chunk.length;
  }
  const diffId: Digest = `sha256:${hash.digest('hex')}`;
  return { kind: 'new', diffId, size, tar: () => Readable.from(tarOf(entries, mtime), { objectMode: false }) };
}
