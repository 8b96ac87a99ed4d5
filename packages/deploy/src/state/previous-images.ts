import type { DeployConfig } from '../config/schema.ts';
import type { Digest, ImagePublisher, PublishedImage } from '../ports.ts';

/** What the last deploy left in the registry. */
export interface PreviousImages {
  /** By process type. */
  readonly imageIds: Readonly<Record<string, Digest>>;
  /** The image whose layers the next one may reuse. */
  readonly reusable: PublishedImage | undefined;
}

/** Reads each process type's latest image. */
export async function readPreviousImages(
  publisher: ImagePublisher,
  app: string,
  config: DeployConfig,
  options: { signal?: AbortSignal },
): Promise<PreviousImages> {
  // A type without its own command has the very image that was built, so it comes first.
  const types = Object.entries(config.processes).sort(([, a], [, b]) => Number(!!a?.command) - Number(!!b?.command));
  const found = await Promise.all(
    types.map(async ([type]) => [type, await publisher.readLatest(`${app}/${type}`, options)] as const),
  );
  const images = found.flatMap(([type, image]) => (image ? [[type, image] as const] : []));
  return {
    imageIds: Object.fromEntries(images.map(([type, { imageId }]) => [type, imageId])),
    reusable: images[0]?.[1],
  };
}
