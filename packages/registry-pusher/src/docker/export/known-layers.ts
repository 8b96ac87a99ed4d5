import type { PreviousImage } from '../../build/builder.ts';
import type { ImageReader } from '../../build/base-image.ts';
import type { Dockerfile } from '../../build/dockerfile/parse.ts';
import { planStages } from '../../build/dockerfile/stages.ts';
import type { Digest } from '../../image/digest.ts';
import { type RemoteImage, type StoredLayer, storedLayers } from '../../image/image.ts';
import { withDefaultTag } from '../../image/reference.ts';

/** Layers that registries already have and that don't need to leave the engine. */
export interface KnownLayers {
  readonly byDiffId: ReadonlyMap<string, StoredLayer>;
  /** Sizes by digest. A layer that was compressed twice has two digests. */
  readonly sizes: ReadonlyMap<string, number>;
}

export interface KnownLayersOptions {
  readonly previous?: PreviousImage | undefined;
  readonly dockerfile: Dockerfile;
  readonly target?: string | undefined;
  readonly buildArgs: Readonly<Record<string, string>>;
  readonly registry?: ImageReader | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Finds the layers of the previous image, and those of the base if the previous image has another base. */
export async function findKnownLayers(diffIds: readonly string[], options: KnownLayersOptions): Promise<KnownLayers> {
  const { previous } = options;
  const before = previous === undefined ? [] : storedLayers(previous);
  const onSameBase = before.some(({ diffId }) => diffId === diffIds[0]);
  const base = onSameBase ? undefined : await readBase(options);
  const layers = [...(base === undefined ? [] : storedLayers(base)), ...before];
  return {
    byDiffId: new Map<Digest, StoredLayer>(layers.map((layer) => [layer.diffId, layer])),
    sizes: new Map<Digest, number>(layers.map(({ descriptor: { digest, size } }) => [digest, size])),
  };
}

const baseTimeout = 10_000;

/** Ignores errors: without the base the engine only pushes more layers. */
async function readBase({
  dockerfile,
  target,
  buildArgs,
  registry,
  signal,
}: KnownLayersOptions): Promise<RemoteImage | undefined> {
  if (registry === undefined) return undefined;
  const timeout = AbortSignal.timeout(baseTimeout);
  try {
    const base = planStages(dockerfile, { target, buildArgs }).chain[0]?.base;
    if (base?.kind !== 'image') return undefined;
    const options = { signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]) };
    return await registry.getImage(withDefaultTag(base.reference), options);
  } catch {
    signal?.throwIfAborted();
    return undefined;
  }
}
