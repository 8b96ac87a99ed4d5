import type { Dockerfile } from './dockerfile/parse.ts';
import type { ImageConfig, RunConfig } from '../image/config.ts';
import { type Digest, digestOf } from '../image/digest.ts';
import type { PreviousImage } from './builder.ts';

/** The label that names the commit. @see OCI image-spec, annotations.md */
export const revisionLabel = 'org.opencontainers.image.revision';

/**
 * Labels an image with the commit it is built from; what its Dockerfile says counts first. When nothing else differs from
 * the previous image it keeps that one's label, and so is that image; a command for another process type is no difference, and
 * neither is what a build noted for its cache.
 */
export function revise(
  config: ImageConfig,
  dockerfile: Dockerfile,
  revision: string | undefined,
  previous: PreviousImage | undefined,
): ImageConfig {
  const before = previous?.config.config;
  if (before !== undefined) {
    const unchanged = withRevision(withCacheNotesOf(previous!.config, config), before.Labels?.[revisionLabel]);
    const asProcess = { ...unchanged, config: { ...unchanged.config, Cmd: before.Cmd } };
    if (idOf(unchanged) === previous?.imageId || idOf(asProcess) === previous?.imageId) return unchanged;
  }
  const labelled = config.config?.Labels?.[revisionLabel];
  return withRevision(config, setsRevision(dockerfile) ? labelled : (revision ?? labelled));
}

/** Where BuildKit notes, for the next build, which layer is which step's: with times, and in more forms than one. */
const cacheNotes = 'moby.buildkit.cache.v0';

function withCacheNotesOf(previous: ImageConfig, config: ImageConfig): ImageConfig {
  return cacheNotes in previous && cacheNotes in config ? { ...config, [cacheNotes]: previous[cacheNotes] } : config;
}

/** A run configuration without the label. */
export function withoutRevision({ Labels, ...rest }: RunConfig): RunConfig {
  const { [revisionLabel]: _, ...others } = Labels ?? {};
  return Object.keys(others).length === 0 ? rest : { ...rest, Labels: others };
}

function setsRevision({ instructions }: Dockerfile): boolean {
  return instructions.some((each) => each.keyword === 'LABEL' && each.pairs.some(({ name }) => name === revisionLabel));
}

function withRevision(config: ImageConfig, revision: string | undefined): ImageConfig {
  const { Labels, ...rest } = withoutRevision(config.config ?? {});
  if (revision === undefined) return { ...config, config: Labels === undefined ? rest : { ...rest, Labels } };
  return { ...config, config: { ...rest, Labels: { ...Labels, [revisionLabel]: revision } } };
}

function idOf(config: unknown): Digest {
  return digestOf(JSON.stringify(config));
}
