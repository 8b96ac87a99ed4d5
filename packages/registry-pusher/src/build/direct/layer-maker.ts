import type { Layer } from '../../image/image.ts';
import type { TemporaryFiles } from '../../files/temporary-files.ts';
import type { ImageReader } from '../base-image.ts';
import type { BuiltLayer } from '../builder.ts';
import { buildCompressedLayer, isEmpty, type LayerSource, buildLayerInFile } from '../layer/build-layer.ts';
import type { Inspect } from '../layer/layer-tar.ts';
import type { PreviousLayers } from '../layer/previous-layers.ts';
import { isStoredFile } from '../layer/entry.ts';
import type { LayerTrace } from './layer-sources.ts';
import { isReusable } from './verify-reuse.ts';

/** A layer of the image, and a summary of it. */
export interface MadeLayer {
  readonly layer: Layer;
  readonly summary: BuiltLayer;
}

export interface MakeLayersOptions {
  readonly signal?: AbortSignal | undefined;
  /** Verifies reused layers with it. */
  readonly verifyWith?: ImageReader | undefined;
  /** Returns what sees the files of other images. */
  readonly inspectionOf?: (trace: LayerTrace) => Inspect;
  /** For layers that are too large for memory. */
  readonly files: TemporaryFiles;
}

/** The total content of layers that are compressed in memory, others in files. */
const maxCompressedInMemory = 48 * 1024 * 1024;

/** Reuses layers of the previous image with the same sources, and builds the others, each once. */
export class LayerMaker {
  readonly #previous: Pick<PreviousLayers, 'bySource' | 'byDiffId'>;
  readonly #options: MakeLayersOptions;
  readonly #made = new Map<LayerTrace, Promise<MadeLayer | undefined>>();
  #room = maxCompressedInMemory;

  constructor(previous: Pick<PreviousLayers, 'bySource' | 'byDiffId'>, options: MakeLayersOptions) {
    this.#previous = previous;
    this.#options = options;
  }

  /** Returns the layer of an instruction, or undefined if it has none or an empty one. */
  make(trace: LayerTrace): Promise<MadeLayer | undefined> {
    const made = this.#made.get(trace) ?? this.#make(trace);
    this.#made.set(trace, made);
    return made;
  }

  /** Makes the layers of several instructions, one after the other. */
  async makeAll(traces: readonly LayerTrace[]): Promise<MadeLayer[]> {
    const made: MadeLayer[] = [];
    for (const trace of traces) {
      const layer = await this.make(trace);
      if (layer !== undefined) made.push(layer);
    }
    return made;
  }

  async #make(trace: LayerTrace): Promise<MadeLayer | undefined> {
    const { source, line, text, run } = trace;
    if (run !== undefined) return run.made;
    if (source === undefined || isEmpty(source)) return undefined;
    const { verifyWith, signal } = this.#options;
    const stored = this.#previous.bySource.get(source.sourceDigest);
    const isUsable =
      stored === undefined || verifyWith === undefined || (await isReusable(stored, trace, verifyWith, signal));
    const reused = isUsable ? stored : undefined;
    const remake = async () => this.#build((await source.reread?.()) ?? source, trace);
    const layer = reused === undefined ? await this.#buildOrFind(source, trace) : { ...reused, remake };
    const { sourceDigest, files, size } = source;
    const { diffId } = layer;
    return {
      layer,
      summary: { instruction: text, line, sourceDigest, diffId, reused: layer.kind === 'stored', files, size },
    };
  }

  /** Files of a stage that was executed again may be the same as before: then the layer is, too, and isn't sent. */
  async #buildOrFind(source: LayerSource, trace: LayerTrace): Promise<Layer> {
    const built = await this.#build(source, trace);
    const hasCopies = source.entries.some(
      (entry) => entry.type === 'file' && isStoredFile(entry) && entry.image.isExecuted,
    );
    return (hasCopies ? this.#previous.byDiffId.get(built.diffId) : undefined) ?? built;
  }

  #build(source: LayerSource, trace: LayerTrace) {
    const { files, signal, inspectionOf } = this.#options;
    const inspect = inspectionOf?.(trace);
    if (source.size > this.#room) return buildLayerInFile(source, files, signal, inspect);
    this.#room -= source.size;
    return buildCompressedLayer(source, signal, inspect);
  }
}
