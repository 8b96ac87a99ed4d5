import type { HistoryEntry } from '../../image/config.ts';
import type { Layer } from '../../image/image.ts';
import { compressedLayer, isEmpty, type LayerSource, uncompressedLayer } from '../layer/build-layer.ts';
import { writeRecord } from '../layer/history-entry.ts';
import type { PreviousLayers } from '../layer/previous-layers.ts';
import type { Inspect } from '../layer/tar.ts';
import type { ImageReader } from '../base-image.ts';
import type { BuiltLayer } from '../builder.ts';
import { timestamp } from './image-config.ts';
import type { SourcedTrace } from './layer-sources.ts';
import { verifyReused } from './verify-reuse.ts';

/** A layer of the image, and a summary of it. */
export interface MadeLayer {
  readonly layer: Layer;
  readonly summary: BuiltLayer;
}

export interface MakingLayers {
  readonly signal?: AbortSignal | undefined;
  /** Reads the layers that are taken, to prove them. */
  readonly verifyWith?: ImageReader | undefined;
  /** Looks at what is copied from other images. */
  readonly inspect?: Inspect;
}

/** Of their files' content, the bytes of the layers that are packed while they are made: what these are then lies in memory. */
const mostPackedAhead = 48 * 1024 * 1024;

/**
 * Takes layers from the previous image where their sources are the same, and makes the others. An empty one is none.
 */
export async function makeLayers(
  traces: readonly SourcedTrace[],
  { bySource }: PreviousLayers,
  { signal, verifyWith, inspect }: MakingLayers = {},
): Promise<MadeLayer[]> {
  const made: MadeLayer[] = [];
  let room = mostPackedAhead;
  const make = (source: LayerSource) => {
    if (source.size > room) return uncompressedLayer(source, signal, inspect);
    room -= source.size;
    return compressedLayer(source, signal, inspect);
  };
  for (const trace of traces) {
    const { source, line, text } = trace;
    if (source === undefined || isEmpty(source)) continue;
    const reused = bySource.get(source.sourceDigest);
    if (reused !== undefined && verifyWith !== undefined) await verifyReused(reused, trace, verifyWith, signal);
    const layer = reused ?? (await make(source));
    const { sourceDigest, files, size } = source;
    const { diffId } = layer;
    const summary = { instruction: text, line, sourceDigest, diffId, reused: reused !== undefined, files, size };
    made.push({ layer, summary });
  }
  return made;
}

/** One entry for each instruction; those of layers carry what a later build may use again. */
export function historyOf(traces: readonly SourcedTrace[], epoch: number): HistoryEntry[] {
  return traces.map(({ text, source }) => ({
    created: timestamp(epoch),
    created_by: text,
    ...(source === undefined ? {} : { comment: writeRecord(source) }),
    ...(source === undefined || isEmpty(source) ? { empty_layer: true } : {}),
  }));
}
