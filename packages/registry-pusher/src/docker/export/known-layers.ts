import type { PreviousImage } from '../../build/builder.ts';
import type { ImageReader } from '../../build/base-image.ts';
import type { Dockerfile } from '../../build/dockerfile/parse.ts';
import { planStages } from '../../build/dockerfile/stages.ts';
import type { Digest } from '../../image/digest.ts';
import { type RemoteImage, type StoredLayer, storedLayers } from '../../image/image.ts';
import { withDefaultTag } from '../../image/reference.ts';
import { limitTime } from './limit-time.ts';

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

/**
 * Finds the layers of the previous image, and those of the base if the previous image has another base. A layer that its
 * registry can't serve anymore isn't known: the engine still has it.
 */
export async function findKnownLayers(diffIds: readonly string[], options: KnownLayersOptions): Promise<KnownLayers> {
  const { previous } = options;
  const needed = (previous === undefined ? [] : storedLayers(previous)).filter(({ diffId }) =>
    diffIds.includes(diffId),
  );
  const canRead = await Promise.all(needed.map((layer) => isReadable(layer, options)));
  const before = needed.filter((_, index) => canRead[index]);
  const onSameBase = before.some(({ diffId }) => diffId === diffIds[0]);
  const base = onSameBase ? undefined : await readBase(options);
  const layers = [...(base === undefined ? [] : storedLayers(base)), ...before];
  return {
    byDiffId: new Map<Digest, StoredLayer>(layers.map((layer) => [layer.diffId, layer])),
    sizes: new Map<Digest, number>(layers.map(({ descriptor: { digest, size } }) => [digest, size])),
  };
}

/** Opens the layer's blob and reads its first bytes. */
async function isReadable(layer: StoredLayer, { registry, signal }: KnownLayersOptions): Promise<boolean> {
  if (registry === undefined) return true;
  try {
    const blob = await registry.readBlob(layer.from, layer.descriptor, { signal: limitTime(signal) });
    try {
      for await (const _ of blob) return true;
      return false;
    } finally {
      blob.destroy();
    }
  } catch {
    signal?.throwIfAborted();
    return false;
  }
}

/** Ignores errors: without the base the engine only pushes more layers. */
async function readBase({
  dockerfile,
  target,
  buildArgs,
  registry,
  signal,
}: KnownLayersOptions): Promise<RemoteImage | undefined> {
  if (registry === undefined) return undefined;
  try {
    const base = planStages(dockerfile, { target, buildArgs }).chain[0]?.base;
    if (base?.kind !== 'image') return undefined;
    return await registry.getImage(withDefaultTag(base.reference), { signal: limitTime(signal) });
  } catch {
    signal?.throwIfAborted();
    return undefined;
  }
}
