import type { HistoryEntry } from '../../image/config.ts';
import { type Image, imageOf } from '../../image/image.ts';
import { formatRecord } from '../../build/layer/layer-record.ts';
import { type CacheEntry, madeAt } from './cache-entry.ts';
import { signEntry } from './signature.ts';

/** Registries and engines limit the layers of an image; some to 127. */
const maxEntries = 96;

/**
 * Returns the entries to keep: those of this build, then the newest others, without those that are too old to be used again.
 * @param oldest seconds since 1970
 */
export function pruneEntries(own: readonly CacheEntry[], others: readonly CacheEntry[], oldest: number): CacheEntry[] {
  const kept = new Map(own.map((entry) => [entry.record.sourceDigest, entry]));
  const newestFirst = others.filter((entry) => madeAt(entry) >= oldest).toSorted((a, b) => madeAt(b) - madeAt(a));
  for (const entry of newestFirst)
    if (kept.size < maxEntries && !kept.has(entry.record.sourceDigest)) kept.set(entry.record.sourceDigest, entry);
  return [...kept.values()].slice(0, maxEntries);
}

/**
 * Returns an image whose layers are the entries'. Nothing runs it: its history says what each layer was made from.
 * @param secret signs the entries
 */
export function cacheImageOf(entries: readonly CacheEntry[], scope: string, secret: string | undefined): Image {
  const layers = entries.flatMap(({ layer }) => layer ?? []);
  const history = entries.map((entry): HistoryEntry => ({
    created_by: entry.text,
    comment: formatRecord(entry.record),
    base: entry.base,
    ...(entry.layer === undefined ? { empty_layer: true } : {}),
    ...(secret === undefined ? {} : { signature: signEntry(entry, scope, secret) }),
  }));
  return imageOf(
    {
      architecture: 'amd64',
      os: 'linux',
      config: { Labels: { 'dev.tozo.cache': scope } },
      rootfs: { type: 'layers', diff_ids: layers.map(({ diffId }) => diffId) },
      history,
    },
    layers,
  );
}
