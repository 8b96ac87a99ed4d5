import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { mediaTypes } from '../../image/descriptor.ts';
import { digestOf } from '../../image/digest.ts';
import type { NewLayer, StoredLayer } from '../../image/image.ts';
import { aborted } from './aborted.ts';
import type { Entry } from './entry.ts';
import { gzipped, layerGzip } from '../../tar/gzip.ts';
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
export async function newLayer(source: LayerSource, signal?: AbortSignal, inspect?: Inspect): Promise<NewLayer> {
  const tar = new HashedTar(source, signal, inspect);
  for await (const _ of tar.chunks()) continue;
  return tar.layer();
}

/**
 * The same, and keeps it packed in memory, so that its files need not be read a second time to be sent.
 * @throws RegistryPusherError FILE_CHANGED, ABORTED
 */
export async function packedNewLayer(source: LayerSource, signal?: AbortSignal, inspect?: Inspect): Promise<NewLayer> {
  const tar = new HashedTar(source, signal, inspect);
  const chunks: Buffer[] = [];
  for await (const chunk of gzipped(tar.chunks(), layerGzip)) chunks.push(Buffer.from(chunk));
  const bytes = Buffer.concat(chunks);
  const descriptor = { mediaType: mediaTypes.dockerLayerGzip, size: bytes.length, digest: digestOf(bytes) };
  return { ...tar.layer(), packed: { descriptor, open: (from = 0) => only(bytes.subarray(from)) } };
}

/** A layer's tar file as it is written the first time: it learns its size and its digest. */
class HashedTar {
  readonly #source: LayerSource;
  readonly #signal: AbortSignal | undefined;
  readonly #inspect: Inspect | undefined;
  readonly #hash = createHash('sha256');
  #size = 0;

  constructor(source: LayerSource, signal: AbortSignal | undefined, inspect: Inspect | undefined) {
    this.#source = source;
    this.#signal = signal;
    this.#inspect = inspect;
  }

  /** Each is valid until the next one. */
  async *chunks(): AsyncGenerator<Buffer> {
    const { entries, mtime } = this.#source;
    for await (const chunk of tarOf(entries, mtime, Buffer.allocUnsafe(bufferSize), this.#inspect)) {
      if (this.#signal?.aborted) throw aborted(this.#signal);
      this.#hash.update(chunk);
      this.#size += chunk.length;
      yield chunk;
    }
  }

  /** Once all chunks were read. */
  layer(): NewLayer {
    const { entries, mtime } = this.#source;
    const tar = () => Readable.from(tarOf(entries, mtime), { objectMode: false });
    return { kind: 'new', diffId: `sha256:${this.#hash.digest('hex')}`, size: this.#size, tar };
  }
}

async function* only(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
