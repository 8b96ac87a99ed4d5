import type { Dockerfile } from './dockerfile/parse.ts';
import type { ImageConfig, RunConfig } from '../image/config.ts';
import { type Digest, digestOf } from '../image/digest.ts';
import type { BuildRequest, PreviousImage } from './builder.ts';

/** The label with the commit. @see OCI image-spec, annotations.md */
export const revisionLabel = 'org.opencontainers.image.revision';

/** The label that makes an image a new one although nothing in it has changed. */
export const againLabel = 'dev.tozo.again';

type Labels = Readonly<Record<string, string>>;

/**
 * Applies the labels that aren't part of the app. Labels an image with its commit, unless the Dockerfile sets that label. Keeps
 * the previous image's labels if nothing else changed, which makes the images identical, unless the request is to build again.
 * Ignores the command, which may be another process type's, and cache metadata.
 */
export function applyVaryingLabels(
  config: ImageConfig,
  dockerfile: Dockerfile,
  { revision, again }: Pick<BuildRequest, 'revision' | 'again'>,
  previous: PreviousImage | undefined,
): ImageConfig {
  const before = previous?.config.config;
  if (before !== undefined && again === undefined) {
    const kept = withLabels(withCacheMetadataOf(previous!.config, config), {
      [revisionLabel]: before.Labels?.[revisionLabel],
      [againLabel]: before.Labels?.[againLabel],
    });
    const asProcess = { ...kept, config: { ...kept.config, Cmd: before.Cmd } };
    if (idOf(kept) === previous?.imageId || idOf(asProcess) === previous?.imageId) return kept;
  }
  const labeled = config.config?.Labels?.[revisionLabel];
  return withLabels(config, {
    [revisionLabel]: setsRevision(dockerfile) ? labeled : (revision ?? labeled),
    [againLabel]: again,
  });
}

/** The config key under which BuildKit stores its cache metadata. It contains times and varies. */
const cacheMetadata = 'moby.buildkit.cache.v0';

function withCacheMetadataOf(previous: ImageConfig, config: ImageConfig): ImageConfig {
  return cacheMetadata in previous && cacheMetadata in config
    ? { ...config, [cacheMetadata]: previous[cacheMetadata] }
    : config;
}

/** Returns a run configuration without these labels. */
export function withoutVaryingLabels({ Labels, ...rest }: RunConfig): RunConfig {
  const { [revisionLabel]: _, [againLabel]: __, ...others } = Labels ?? {};
  return Object.keys(others).length === 0 ? rest : { ...rest, Labels: others };
}

function setsRevision({ instructions }: Dockerfile): boolean {
  return instructions.some((each) => each.keyword === 'LABEL' && each.pairs.some(({ name }) => name === revisionLabel));
}

function withLabels(config: ImageConfig, varying: Readonly<Record<string, string | undefined>>): ImageConfig {
  const { Labels, ...rest } = withoutVaryingLabels(config.config ?? {});
  const defined = Object.entries(varying).filter((entry): entry is [string, string] => entry[1] !== undefined);
  const labels: Labels = { ...Labels, ...Object.fromEntries(defined) };
  return { ...config, config: Object.keys(labels).length === 0 ? rest : { ...rest, Labels: labels } };
}

function idOf(config: unknown): Digest {
  return digestOf(JSON.stringify(config));
}
