import { type ImageFacts, mergeFacts } from '../base/facts.ts';
import { filesIdOf } from '../base/source-image.ts';
import type { ImageConfig } from '../../image/config.ts';
import { isGzippedLayer } from '../../image/descriptor.ts';
import type { Digest } from '../../image/digest.ts';
import { type RemoteImage, type StoredLayer, storedLayers } from '../../image/image.ts';
import { type LayerRecord, readRecord } from './history-entry.ts';

/** What an earlier image of ours still tells. */
export interface PreviousLayers {
  /** Its layers by the digest of what they were made from. */
  readonly bySource: ReadonlyMap<Digest, StoredLayer>;
  /** What its history says of these, and of instructions that made no layer. */
  readonly records: ReadonlyMap<Digest, LayerRecord>;
  /** All its layers by their diff IDs. */
  readonly byDiffId: ReadonlyMap<Digest, StoredLayer>;
  /** What it remembers of an image's files: true for every image with the same layers. */
  readonly factsOf: (image: Digest) => ImageFacts;
}

/**
 * Reads the history of the image that was pushed last. Ours are its last layers, so they are paired with their entries from
 * the end: a base may have fewer entries than layers.
 */
export function previousLayers(previous: RemoteImage | undefined, base: ImageConfig): PreviousLayers {
  const history = previous?.config.history ?? [];
  const layers = previous === undefined ? [] : storedLayers(previous);
  const bySource = new Map<Digest, StoredLayer>();
  const fromTheEnd = history.filter(({ empty_layer }) => empty_layer !== true).reverse();
  for (const [index, entry] of fromTheEnd.entries()) {
    const record = readRecord(entry);
    const layer = layers.at(-1 - index);
    if (record === undefined || layer === undefined) break;
    bySource.set(record.sourceDigest, layer);
  }
  const told = history.flatMap((entry) => {
    const record = readRecord(entry);
    return record === undefined ? [] : [{ record, isEmpty: entry.empty_layer === true }];
  });
  const usable = told.filter(({ record, isEmpty }) => isEmpty || bySource.has(record.sourceDigest));
  const ofBase = previous !== undefined && factsCount(previous.config, base) ? entriesAfter(previous.config, base) : [];
  const baseId = filesIdOf(base);
  return {
    bySource,
    records: new Map(usable.map(({ record }) => [record.sourceDigest, record])),
    byDiffId: new Map(layers.map((layer) => [layer.diffId, layer])),
    factsOf: (image) =>
      mergeFacts([
        ...(image === baseId ? ofBase.map(({ facts }) => facts) : []),
        ...told.flatMap(({ record }) => record.from?.[image] ?? []),
      ]),
  };
}

/**
 * What was said of a base is true of the same layers only, and what its own history says was said of another one: so behind
 * its entries there must be those of the layers that are on it, all of them and no others.
 */
function factsCount(previous: ImageConfig, base: ImageConfig): boolean {
  const { history = [] } = base;
  const startsAlike = (a: readonly unknown[], b: readonly unknown[]) =>
    JSON.stringify(a.slice(0, b.length)) === JSON.stringify(b);
  const entries = previous.history ?? [];
  const made = entries.slice(history.length).filter(({ empty_layer }) => empty_layer !== true);
  return (
    startsAlike(previous.rootfs.diff_ids, base.rootfs.diff_ids) &&
    startsAlike(entries, history) &&
    made.length === previous.rootfs.diff_ids.length - base.rootfs.diff_ids.length
  );
}

function entriesAfter(previous: ImageConfig, { history = [] }: ImageConfig): LayerRecord[] {
  return (previous.history ?? []).slice(history.length).flatMap((entry) => readRecord(entry) ?? []);
}

/** A base's layers; one that a push would have to pack anew is taken from the earlier image where that has it packed. */
export function packedLayers(base: readonly StoredLayer[], { byDiffId }: PreviousLayers): StoredLayer[] {
  return base.map((layer) => (isGzippedLayer(layer.descriptor) ? layer : (byDiffId.get(layer.diffId) ?? layer)));
}
