import type { RequestListener } from 'node:http';
import { createRegistryHandler } from '../registry/handler.ts';
import { isTag } from '../registry/grammar.ts';
import { Refusal } from '../registry/refusal.ts';
import type { Resource } from '../registry/resource.ts';
import { Storage } from '../registry/storage.ts';
import { Uploads } from '../registry/uploads.ts';
import { type IndexedImage, standInImage } from './image.ts';

/** Where a mirror's images come from: asked once per tag. */
export interface BaseImages {
  /** Undefined when there is no such repository or tag. */
  image(repository: string, tag: string): Promise<IndexedImage | undefined>;
}

/** Any tag of `library/node` is the stand-in. */
export const standInImages: BaseImages = {
  async image(repository, tag) {
    return repository === 'library/node' ? await standInImage(/^\d+\.\d+\.\d+/.exec(tag)?.[0]) : undefined;
  },
};

export interface HubMirrorOptions {
  /** Where what was served lies, so that it can be pulled by digest later on. */
  readonly dir: string;
  /** Default: the stand-in for `library/node`. */
  readonly images?: BaseImages;
}

/** A read-only mirror of Docker Hub, in the form its official images have today. Anyone may pull. */
export function createHubMirror({ dir, images = standInImages }: HubMirrorOptions): {
  readonly handler: RequestListener;
} {
  const storage = new Storage(dir);
  const publishing = new Map<string, Promise<void>>();

  async function publishOnce(repository: string, tag: string): Promise<void> {
    const key = `${repository}:${tag}`;
    const running = publishing.get(key) ?? publish(storage, images, repository, tag);
    publishing.set(key, running);
    await running.catch((error: unknown) => {
      publishing.delete(key);
      throw error;
    });
  }

  async function admitRepository({ kind, repository, reference }: Resource, access: 'read' | 'write'): Promise<void> {
    if (access === 'write') throw new Refusal('DENIED', 'this mirror of Docker Hub is read-only');
    if (kind === 'manifest' && isTag(reference)) await publishOnce(repository, reference);
  }

  const uploads = new Uploads(storage, { maxBlobBytes: 0 });
  return { handler: createRegistryHandler({ storage, uploads, rules: { admitRepository } }) };
}

async function publish(storage: Storage, images: BaseImages, repository: string, tag: string): Promise<void> {
  const image = await images.image(repository, tag);
  if (!image) {
    throw new Refusal('NAME_UNKNOWN', 'repository name not known to registry', {
      detail: { name: repository, reason: 'the sandbox stands in for node images only' },
    });
  }
  for (const { bytes } of image.blobs) await storage.putBlob(repository, bytes);
  for (const manifest of [...image.manifests, image.index]) await storage.putManifest(repository, manifest);
  await storage.putTag(repository, tag, image.index.digest);
}
