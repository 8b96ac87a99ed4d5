import { type BaseFacts, mergeFacts, noFacts } from '../base/facts.ts';
import type { Digest } from '../image/digest.ts';
import { type RemoteImage, type StoredLayer, storedLayers } from '../image/image.ts';
import { readRecord } from './history-entry.ts';

/** What an earlier image of ours still tells. */
export interface PreviousLayers {
  /** Its layers by the digest of what they were made from. */
  readonly bySource: ReadonlyMap<Digest, StoredLayer>;
  /** What it remembers of its base: true for every image on the same layers. */
  readonly facts: BaseFacts;
}

const nothing: PreviousLayers = { bySource: new Map(), facts: noFacts };

/** Reads the history of the image that was pushed last. One that is not ours, or that does not add up, tells nothing. */
export function previousLayers(previous: RemoteImage | undefined, baseDiffIds: readonly Digest[]): PreviousLayers {
  if (previous === undefined) return nothing;
  const history = previous.config.history ?? [];
  const layers = storedLayers(previous);
  const withLayer = history.filter(({ empty_layer }) => empty_layer !== true);
  if (withLayer.length !== layers.length) return nothing;
  const bySource = new Map<Digest, StoredLayer>();
  for (const [index, entry] of withLayer.entries()) {
    const record = readRecord(entry);
    if (record !== undefined) bySource.set(record.sourceDigest, layers[index]!);
  }
  const sameBase = baseDiffIds.every((diffId, index) => layers[index]?.diffId === diffId);
  const records = sameBase ? history.flatMap((entry) => readRecord(entry) ?? []) : [];
  return { bySource, facts: mergeFacts(records.map(({ facts }) => facts)) };
}
