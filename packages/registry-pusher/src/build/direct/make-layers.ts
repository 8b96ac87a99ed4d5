import type { HistoryEntry } from '../../image/config.ts';
import type { Layer } from '../../image/image.ts';
import { buildCompressedLayer, isEmpty, type LayerSource, buildLayerInFile } from '../layer/build-layer.ts';
import { formatFacts, formatRecord } from '../layer/layer-record.ts';
import type { PreviousLayers } from '../layer/previous-layers.ts';
import type { Inspect } from '../layer/layer-tar.ts';
import type { TemporaryFiles } from '../../files/temporary-files.ts';
import type { ImageReader } from '../base-image.ts';
import type { BuiltLayer } from '../builder.ts';
import { formatTimestamp } from './create-config.ts';
import type { LayerTrace } from './layer-sources.ts';
import { verifyReusedLayer } from './verify-reuse.ts';

/** A layer of the image, and a summary of it. */
export interface MadeLayer {
  readonly layer: Layer;
  readonly summary: BuiltLayer;
}

export interface MakeLayersOptions {
  readonly signal?: AbortSignal | undefined;
  /** Verifies reused layers with it. */
  readonly verifyWith?: ImageReader | undefined;
  /** Sees the files of other images. */
  readonly inspect?: Inspect;
  /** For layers that are too large for memory. */
  readonly files: TemporaryFiles;
}

/** The total content of layers that are compressed in memory, others in files. */
const maxCompressedInMemory = 48 * 1024 * 1024;

/**
 * Reuses layers of the previous image with the same sources, and builds the others. Skips empty layers.
 */
export async function makeLayers(
  traces: readonly LayerTrace[],
  { bySource }: PreviousLayers,
  { signal, verifyWith, inspect, files }: MakeLayersOptions,
): Promise<MadeLayer[]> {
  const made: MadeLayer[] = [];
  let room = maxCompressedInMemory;
  const make = (source: LayerSource) => {
    if (source.size > room) return buildLayerInFile(source, files, signal, inspect);
    room -= source.size;
    return buildCompressedLayer(source, signal, inspect);
  };
  for (const trace of traces) {
    const { source, line, text } = trace;
    if (source === undefined || isEmpty(source)) continue;
    const reused = bySource.get(source.sourceDigest);
    if (reused !== undefined && verifyWith !== undefined) await verifyReusedLayer(reused, trace, verifyWith, signal);
    const layer = reused ?? (await make(source));
    const { sourceDigest, files: count, size } = source;
    const { diffId } = layer;
    const summary = { instruction: text, line, sourceDigest, diffId, reused: reused !== undefined, files: count, size };
    made.push({ layer, summary });
  }
  return made;
}

/** Returns one entry per instruction. Entries of layers contain the record for later builds. */
export function createHistory(traces: readonly LayerTrace[], epoch: number): HistoryEntry[] {
  return traces.map(({ text, source, checked }) => ({
    created: formatTimestamp(epoch),
    created_by: text,
    ...(source === undefined ? {} : { comment: formatRecord(source) }),
    ...(checked === undefined ? {} : { comment: formatFacts(checked) }),
    ...(source === undefined || isEmpty(source) ? { empty_layer: true } : {}),
  }));
}
