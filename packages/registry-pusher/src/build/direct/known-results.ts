import { mergeFacts } from '../base/facts.ts';
import type { PreviousImage } from '../builder.ts';
import type { PreviousLayers } from '../layer/previous-layers.ts';
import type { StoredEntry } from '../../run/cache/cache-entry.ts';
import { type KnownRun, knownRunsOf } from '../../run/reuse/known-runs.ts';

/** What earlier builds left: the last image, and a cache. */
export interface KnownResults extends PreviousLayers {
  readonly runs: readonly KnownRun[];
}

/** Adds the entries of a cache to the layers of the last image, which come first. */
export function addCache(
  previous: PreviousLayers,
  pushed: PreviousImage | undefined,
  cache: readonly StoredEntry[],
): KnownResults {
  const layers = cache.flatMap(({ record, layer }) => (layer === undefined ? [] : [{ record, layer }]));
  return {
    bySource: new Map([
      ...layers.map(({ record, layer }) => [record.sourceDigest, layer] as const),
      ...previous.bySource,
    ]),
    records: new Map([...cache.map(({ record }) => [record.sourceDigest, record] as const), ...previous.records]),
    byDiffId: new Map([...layers.map(({ layer }) => [layer.diffId, layer] as const), ...previous.byDiffId]),
    factsOf: (image) =>
      mergeFacts([
        ...cache.flatMap(({ base, record }) => [
          ...(base === image ? [record.facts] : []),
          ...(record.from?.[image] === undefined ? [] : [record.from[image]]),
        ]),
        previous.factsOf(image),
      ]),
    runs: [...(pushed === undefined ? [] : knownRunsOf(pushed, 'the last image')), ...cache.flatMap(toKnownRun)],
  };
}

function toKnownRun({ text, record, layer }: StoredEntry): KnownRun[] {
  const { sourceDigest: key, run } = record;
  if (run === undefined) return [];
  return [{ key, text, record: { ...record, run }, ...(layer === undefined ? {} : { layer }), source: 'the cache' }];
}
