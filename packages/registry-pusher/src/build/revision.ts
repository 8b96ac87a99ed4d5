import type { Dockerfile } from './dockerfile/parse.ts';
import type { ImageConfig, RunConfig } from '../image/config.ts';
import { type Digest, digestOf } from '../image/digest.ts';
import type { PreviousImage } from './builder.ts';

/** The label with the commit. @see OCI image-spec, annotations.md */
export const revisionLabel = 'org.opencontainers.image.revision';

/**
 * Labels an image with its commit, unless the Dockerfile sets the label. Keeps the previous image's label if nothing else
 * changed, which makes the images identical. Ignores the command, which may be another process type's, and cache metadata.
 */
export function applyRevision(
  config: ImageConfig,
  dockerfile: Dockerfile,
  revision: string | undefined,
  previous: PreviousImage | undefined,
): ImageConfig {
  const before = previous?.config.config;
  if (before !== undefined) {
    const unchanged = withRevision(withCacheMetadataOf(previous!.config, config), before.Labels?.[revisionLabel]);
    const asProcess = { ...unchanged, config: { ...unchanged.config, Cmd: before.Cmd } };
    if (idOf(unchanged) === previous?.imageId || idOf(asProcess) === previous?.imageId) return unchanged;
  }
  const labeled = config.config?.Labels?.[revisionLabel];
  return withRevision(config, setsRevision(dockerfile) ? labeled : (revision ?? labeled));
}

/** The config key under which BuildKit stores its cache metadata. It contains times and varies. */
const cacheMetadata = 'moby.buildkit.cache.v0';

function withCacheMetadataOf(previous: ImageConfig, config: ImageConfig): ImageConfig {
  return cacheMetadata in previous && cacheMetadata in config
    ? { ...config, [cacheMetadata]: previous[cacheMetadata] }
    : config;
}

/** Returns a run configuration without the label. */
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
