import type { Storage } from '../registry/storage.ts';

/** Where a mirror's images come from. */
export interface BaseImages {
  /**
   * Puts what a tag means into the storage, under that repository.
   *
   * @returns the digest that the tag points to; undefined when there is no such repository or tag.
   */
  publish(repository: string, tag: string, storage: Storage): Promise<string | undefined>;
}

/** Any tag of `library/node` is the stand-in. */
export const standInImages: BaseImages = {
  async publish(repository, tag, storage) {
    if (repository !== 'library/node') return undefined;
    // Loaded here, as most sandboxes are never asked for it.
    const { standInImage } = await import('./image.ts');
    const image = await standInImage(/^\d+\.\d+\.\d+/.exec(tag)?.[0]);
    for (const { bytes } of image.blobs) await storage.putBlob(repository, bytes);
    for (const manifest of [...image.manifests, image.index]) await storage.putManifest(repository, manifest);
    return image.index.digest;
  },
};
