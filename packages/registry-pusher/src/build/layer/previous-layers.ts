import { type ImageFacts, mergeFacts } from '../base/facts.ts';
import { filesIdOf } from '../base/source-image.ts';
import type { ImageConfig } from '../../image/config.ts';
import { isGzippedLayer } from '../../image/descriptor.ts';
import type { Digest } from '../../image/digest.ts';
import { type RemoteImage, type StoredLayer, storedLayers } from '../../image/image.ts';
import { type LayerRecord, parseFacts, parseRecord, type RecordedFacts } from './layer-record.ts';

/** The reusable parts of the previous image. */
export interface PreviousLayers {
  /** Its layers by source digest. */
  readonly bySource: ReadonlyMap<Digest, StoredLayer>;
  /** The records of these layers, and of instructions without a layer. */
  readonly records: ReadonlyMap<Digest, LayerRecord>;
  /** All its layers by diff ID. */
  readonly byDiffId: ReadonlyMap<Digest, StoredLayer>;
  /** Returns its facts about an image. They are valid for every image with the same layers. */
  readonly factsOf: (image: Digest) => ImageFacts;
}

/**
 * Reads the history of the previous image. Pairs its layers with history entries from the end, because a base may have fewer
 * entries than layers.
 */
export function readPreviousLayers(previous: RemoteImage | undefined, base: ImageConfig): PreviousLayers {
  const history = previous?.config.history ?? [];
  const layers = previous === undefined ? [] : storedLayers(previous);
  const bySource = new Map<Digest, StoredLayer>();
  const reversed = history.filter(({ empty_layer }) => empty_layer !== true).reverse();
  for (const [index, entry] of reversed.entries()) {
    const record = parseRecord(entry);
    const layer = layers.at(-1 - index);
    if (record === undefined || layer === undefined) break;
    bySource.set(record.sourceDigest, layer);
  }
  const records = history.flatMap((entry) => {
    const record = parseRecord(entry);
    return record === undefined ? [] : [{ record, isEmpty: entry.empty_layer === true }];
  });
  const usable = records.filter(({ record, isEmpty }) => isEmpty || bySource.has(record.sourceDigest));
  const ofBase = previous !== undefined && standsOn(previous.config, base) ? entriesAfter(previous.config, base) : [];
  const baseId = filesIdOf(base);
  return {
    bySource,
    records: new Map(usable.map(({ record }) => [record.sourceDigest, record])),
    byDiffId: new Map(layers.map((layer) => [layer.diffId, layer])),
    factsOf: (image) =>
      mergeFacts([
        ...(image === baseId ? ofBase.map(({ facts }) => facts) : []),
        ...history.flatMap((entry) => parseFacts(entry)?.from?.[image] ?? []),
      ]),
  };
}

/**
 * Returns whether the previous image was built on exactly this base. Only then its facts about the base are valid. After the
 * base's history entries, it must have one entry for each of its own layers and no others.
 */
function standsOn(previous: ImageConfig, base: ImageConfig): boolean {
  const { history = [] } = base;
  const startsWith = (a: readonly unknown[], b: readonly unknown[]) =>
    JSON.stringify(a.slice(0, b.length)) === JSON.stringify(b);
  const entries = previous.history ?? [];
  const own = entries.slice(history.length).filter(({ empty_layer }) => empty_layer !== true);
  return (
    startsWith(previous.rootfs.diff_ids, base.rootfs.diff_ids) &&
    startsWith(entries, history) &&
    own.length === previous.rootfs.diff_ids.length - base.rootfs.diff_ids.length
  );
}

function entriesAfter(previous: ImageConfig, { history = [] }: ImageConfig): RecordedFacts[] {
  return (previous.history ?? []).slice(history.length).flatMap((entry) => parseFacts(entry) ?? []);
}

/** Replaces layers of the base that aren't gzipped with the previous image's gzipped ones. A push would compress them again. */
export function preferGzippedLayers(base: readonly StoredLayer[], { byDiffId }: PreviousLayers): StoredLayer[] {
  return base.map((layer) => {
    const gzipped = isGzippedLayer(layer.descriptor) ? undefined : byDiffId.get(layer.diffId);
    return gzipped === undefined ? layer : { ...gzipped, remake: async () => layer };
  });
}
