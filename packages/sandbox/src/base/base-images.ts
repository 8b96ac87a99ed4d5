import type { Storage } from '../registry/storage.ts';

/** A source of a mirror's images. */
export interface BaseImages {
  /**
   * Stores the image of a tag in that repository.
   *
   * @returns the digest that the tag points to; undefined for an unknown repository or tag
   */
  publish(repository: string, tag: string, storage: Storage): Promise<string | undefined>;
}

const standInRepository = 'library/node';

/** Returns whether a sandbox in the background has an image for a repository of Docker Hub. */
export function hasStandIn(repository: string): boolean {
  return repository === standInRepository;
}

/** Serves the stand-in for every tag of `library/node`. */
export const standInImages: BaseImages = {
  async publish(repository, tag, storage) {
    if (!hasStandIn(repository)) return undefined;
    // Loaded here because most sandboxes never serve it.
    const { standInImage } = await import('./image.ts');
    const image = await standInImage(/^\d+\.\d+\.\d+/.exec(tag)?.[0]);
    for (const { bytes } of image.blobs) await storage.putBlob(repository, bytes);
    for (const manifest of [...image.manifests, image.index]) await storage.putManifest(repository, manifest);
    return image.index.digest;
  },
};
