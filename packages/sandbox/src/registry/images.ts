import { isDigest } from './grammar.ts';
import type { PushedImage, TaggedImageStore } from './image-store.ts';
import { imageManifestOf, isRecord, parseJson } from './manifest.ts';
import type { Storage } from './storage.ts';

/** Finds a registry's images by ID. */
export function createImageStore(storage: Storage): TaggedImageStore {
  return {
    async findImage(repository, imageId) {
      if (!isDigest(imageId)) return undefined;
      const manifestDigest = await storage.manifestOfImage(repository, imageId);
      if (manifestDigest === undefined) return undefined;
      const manifest = parseJson(await storage.readContent(manifestDigest));
      const image = isRecord(manifest) ? imageManifestOf(manifest) : undefined;
      const config = parseJson(await storage.readContent(imageId));
      if (!image || !isRecord(config)) return undefined;
      return {
        manifestDigest,
        layers: image.layers.map(({ digest, size }) => ({ digest, size })),
        config: config as unknown as PushedImage['config'],
      };
    },
    pushedAt: (repository, imageId) => storage.pushedAt(repository, imageId),
    latestManifest: (repository) => storage.tag(repository, 'latest'),
  };
}
