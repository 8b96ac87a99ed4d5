import type { Digest } from '../../image/digest.ts';
import { type RemoteImage, type StoredLayer, storedLayers } from '../../image/image.ts';
import { type LayerRecord, parseRecord } from '../../build/layer/layer-record.ts';
import type { RunRecord } from '../key/run-record.ts';

/** A RUN that an earlier build executed. */
export interface KnownRun {
  /** The key of the RUN. */
  readonly key: Digest;
  /** The instruction as written. */
  readonly text: string;
  readonly record: LayerRecord & { readonly run: RunRecord };
  /** Its layer, or undefined if it changed nothing. */
  readonly layer?: StoredLayer;
  /** Where it is, for the output: `the last image`. */
  readonly source: string;
}

/**
 * Lists the RUNs in an image's history. Pairs layers with entries from the end, because a base may have fewer entries than
 * layers.
 * @param source where it is, for the output
 */
export function knownRunsOf(image: RemoteImage, source: string): KnownRun[] {
  const layers = storedLayers(image);
  const runs: KnownRun[] = [];
  let at = layers.length;
  for (const entry of (image.config.history ?? []).toReversed()) {
    const isEmpty = entry.empty_layer === true;
    const layer = isEmpty ? undefined : layers[--at];
    const record = parseRecord(entry);
    if (record === undefined && !isEmpty) break;
    if (record?.run === undefined || (layer === undefined && !isEmpty)) continue;
    runs.push({
      key: record.sourceDigest,
      text: entry.created_by ?? '',
      record: { ...record, run: record.run },
      ...(layer === undefined ? {} : { layer }),
      source,
    });
  }
  return runs.reverse();
}
