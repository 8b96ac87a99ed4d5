import type { PreviousImage } from '../../build/builder.ts';
import type { ImageReader } from '../../build/base-image.ts';
import type { Dockerfile } from '../../build/dockerfile/parse.ts';
import { planStages } from '../../build/dockerfile/stages.ts';
import type { Digest } from '../../image/digest.ts';
import { type RemoteImage, type StoredLayer, storedLayers } from '../../image/image.ts';
import { withDefaultTag } from '../../image/reference.ts';

/** Layers that registries hold, so that an engine need not hand them over. */
export interface KnownLayers {
  readonly byDiffId: ReadonlyMap<string, StoredLayer>;
  /** Bytes by digest; a layer that was packed twice has two. */
  readonly sizes: ReadonlyMap<string, number>;
}

export interface KnownFrom {
  readonly previous?: PreviousImage | undefined;
  readonly dockerfile: Dockerfile;
  readonly target?: string | undefined;
  readonly buildArgs: Readonly<Record<string, string>>;
  readonly registry?: ImageReader | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** The layers of the previous image, and those of the base where the previous image stands on another one. */
export async function knownLayers(diffIds: readonly string[], from: KnownFrom): Promise<KnownLayers> {
  const { previous } = from;
  const before = previous === undefined ? [] : storedLayers(previous);
  const onSameBase = before.some(({ diffId }) => diffId === diffIds[0]);
  const base = onSameBase ? undefined : await baseOf(from);
  const layers = [...(base === undefined ? [] : storedLayers(base)), ...before];
  return {
    byDiffId: new Map<Digest, StoredLayer>(layers.map((layer) => [layer.diffId, layer])),
    sizes: new Map<Digest, number>(layers.map(({ descriptor: { digest, size } }) => [digest, size])),
  };
}

const patience = 10_000;

/** Without it the engine sends what it could keep, which is slower and not wrong: whatever fails here is no failure. */
async function baseOf({
  dockerfile,
  target,
  buildArgs,
  registry,
  signal,
}: KnownFrom): Promise<RemoteImage | undefined> {
  if (registry === undefined) return undefined;
  const soon = AbortSignal.timeout(patience);
  try {
    const base = planStages(dockerfile, { target, buildArgs }).chain[0]?.base;
    if (base?.kind !== 'image') return undefined;
    const options = { signal: signal === undefined ? soon : AbortSignal.any([signal, soon]) };
    return await registry.getImage(withDefaultTag(base.reference), options);
  } catch {
    signal?.throwIfAborted();
    return undefined;
  }
}
