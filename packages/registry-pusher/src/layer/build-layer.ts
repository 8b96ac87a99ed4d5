import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import type { BaseFacts } from '../base/facts.ts';
import type { Digest } from '../image/digest.ts';
import type { NewLayer } from '../image/image.ts';
import { aborted } from './aborted.ts';
import type { Entry } from './entry.ts';
import type { LayerRecord } from './history-entry.ts';
import { sourceDigest } from './source-digest.ts';
import { tarOf } from './tar.ts';

/** What a layer is made from, told by its source digest before any of it is written. */
export interface LayerSource extends LayerRecord {
  readonly entries: readonly Entry[];
  /** Seconds since 1970. */
  readonly mtime: number;
}

const bufferSize = 1024 * 1024;

export function layerSource(entries: readonly Entry[], mtime: number, facts: BaseFacts): LayerSource {
  const files = entries.filter((entry) => entry.type === 'file');
  const size = files.reduce((sum, file) => sum + file.size, 0);
  return { entries, mtime, facts, sourceDigest: sourceDigest(entries, mtime, facts), files: files.length, size };
}

/**
 * Makes a layer: the tar file is written once to learn its digest, and again whenever it is asked for; it is never kept.
 * @throws RegistryPusherError FILE_CHANGED, ABORTED
 */
export async function newLayer({ entries, mtime }: LayerSource, signal?: AbortSignal): Promise<NewLayer> {
  const hash = createHash('sha256');
  let size = 0;
  for await (const chunk of tarOf(entries, mtime, Buffer.allocUnsafe(bufferSize))) {
    if (signal?.aborted) throw aborted(signal);
    hash.update(chunk);
    size += chunk.length;
  }
  const diffId: Digest = `sha256:${hash.digest('hex')}`;
  return { kind: 'new', diffId, size, tar: () => Readable.from(tarOf(entries, mtime), { objectMode: false }) };
}
