import type { Dockerfile } from '../dockerfile/parse.ts';
import type { ImageConfig, RunConfig } from '../image/config.ts';
import { type Digest, digestOf } from '../image/digest.ts';
import type { PreviousImage } from './builder.ts';

/** The label that names the commit. @see OCI image-spec, annotations.md */
const revisionLabel = 'org.opencontainers.image.revision';

/**
 * Labels an image with the commit it is built from, unless its Dockerfile does. When nothing else differs from the previous
 * image it keeps that one's label, and so is that image; a command for another process type is no difference.
 */
export function revise(
  config: ImageConfig,
  dockerfile: Dockerfile,
  revision: string | undefined,
  previous: PreviousImage | undefined,
): ImageConfig {
  if (setsRevision(dockerfile)) return config;
  const before = previous?.config.config;
  if (before !== undefined) {
    const unchanged = withRevision(config, before.Labels?.[revisionLabel]);
    const asProcess = { ...unchanged, config: { ...unchanged.config, Cmd: before.Cmd } };
    if (idOf(unchanged) === previous?.imageId || idOf(asProcess) === previous?.imageId) return unchanged;
  }
  return withRevision(config, revision);
}

function setsRevision({ instructions }: Dockerfile): boolean {
  return instructions.some((each) => each.keyword === 'LABEL' && each.pairs.some(({ name }) => name === revisionLabel));
}

function withRevision(config: ImageConfig, revision: string | undefined): ImageConfig {
  return { ...config, config: labelled(config.config ?? {}, revision) };
}

function labelled({ Labels = {}, ...rest }: RunConfig, revision: string | undefined): RunConfig {
  const { [revisionLabel]: _, ...others } = Labels;
  const labels = revision === undefined ? others : { ...others, [revisionLabel]: revision };
  return Object.keys(labels).length === 0 ? rest : { ...rest, Labels: labels };
}

function idOf(config: unknown): Digest {
  return digestOf(JSON.stringify(config));
}
