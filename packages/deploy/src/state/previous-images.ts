import { RegistryPusherError } from '@tozo/registry-pusher';
import type { DeployConfig } from '../config/schema.ts';
import type { Digest, ImagePublisher, PublishedImage } from '../ports.ts';

/** What the last deploy left in the registry. */
export interface PreviousImages {
  /** By process type. */
  readonly imageIds: Readonly<Record<string, Digest>>;
  /** The digests of their manifests, by process type. */
  readonly manifests: Readonly<Record<string, Digest>>;
  /** The digests of their layers. */
  readonly layers: ReadonlySet<Digest>;
  /** The image whose layers the next one may reuse. */
  readonly reusable: PublishedImage | undefined;
  /** What couldn't be read, each as a sentence. */
  readonly unknowns: readonly string[];
}

/**
 * Reads each process type's latest image. An image that can't be read is left out: the deploy then builds and pushes without
 * it, whatever the reason: a push may be allowed where reading isn't.
 * @throws RegistryPusherError ABORTED
 */
export async function readPreviousImages(
  publisher: ImagePublisher,
  app: string,
  config: DeployConfig,
  options: { signal?: AbortSignal },
): Promise<PreviousImages> {
  // A type without its own command has the very image that was built, so it comes first.
  const types = Object.entries(config.processes).sort(([, a], [, b]) => Number(!!a?.command) - Number(!!b?.command));
  const found = await Promise.all(types.map(([type]) => readPreviousImage(publisher, `${app}/${type}`, type, options)));
  const images = found.flatMap(({ type, image }) => (image ? [{ type, image }] : []));
  return {
    imageIds: Object.fromEntries(images.map(({ type, image }) => [type, image.imageId])),
    manifests: Object.fromEntries(images.map(({ type, image }) => [type, image.manifestDigest])),
    layers: new Set(images.flatMap(({ image }) => image.manifest.layers.map(({ digest }) => digest))),
    reusable: images[0]?.image,
    unknowns: found.flatMap(({ problem }) => (problem ? [problem] : [])),
  };
}

interface Found {
  readonly type: string;
  readonly image?: PublishedImage | undefined;
  readonly problem?: string;
}

async function readPreviousImage(
  publisher: ImagePublisher,
  repository: string,
  type: string,
  options: { signal?: AbortSignal },
): Promise<Found> {
  try {
    return { type, image: await publisher.readLatest(repository, options) };
  } catch (error) {
    if (!(error instanceof RegistryPusherError) || error.code === 'ABORTED') throw error;
    const problem = `The last image of ${type} couldn't be read, so none of its layers are reused: ${error.message}`;
    return { type, problem };
  }
}
