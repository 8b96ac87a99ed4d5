import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SandboxError } from '../errors/sandbox-error.ts';
import { digestParts, isDigest } from '../registry/grammar.ts';
import { type Descriptor, imageManifestOf, isIndex, parseJson, parseManifest } from '../registry/manifest.ts';
import type { Storage } from '../registry/storage.ts';
import { Uploads } from '../registry/uploads.ts';
import type { BaseImages } from './base-images.ts';

/** In `index.json`: the name that an image was saved as. */
const refName = 'org.opencontainers.image.ref.name';

interface NamedDescriptor extends Descriptor {
  readonly annotations?: Readonly<Record<string, string>>;
}

/**
 * Serves images from OCI image layouts, as `skopeo copy … oci:DIRECTORY:TAG` and `buildah push` write them. A layout with
 * one image serves it for every tag; a layout with several serves them by name.
 *
 * @param directories by repository: `{ 'library/node': '/srv/bases/node' }`.
 */
export function ociLayoutImages(directories: Readonly<Record<string, string>>): BaseImages {
  return {
    async publish(repository, tag, storage) {
      const directory = Object.hasOwn(directories, repository) ? directories[repository] : undefined;
      if (directory === undefined) return undefined;
      const entries = await readIndex(directory);
      const entry =
        entries.find((one) => one.annotations?.[refName] === tag) ?? (entries.length === 1 ? entries[0] : undefined);
      if (entry) await publishManifest(entry, { directory, repository, storage });
      return entry?.digest;
    },
  };
}

interface Layout {
  readonly directory: string;
  readonly repository: string;
  readonly storage: Storage;
}

/** Ignores missing manifests of an index: images are usually saved for one platform. */
async function publishManifest({ digest, mediaType }: Descriptor, layout: Layout): Promise<void> {
  const { directory, repository, storage } = layout;
  const bytes = await readFile(blobPath(directory, digest));
  const manifest = parseManifest(bytes, mediaType);
  const image = imageManifestOf(manifest);
  if (isIndex(mediaType)) {
    for (const child of manifest['manifests'] as readonly Descriptor[]) {
      await publishManifest(child, layout).catch(ignoreMissing);
    }
  }
  for (const blob of image ? [image.config, ...image.layers] : []) await copyBlob(blob.digest, layout);
  await storage.putManifest(repository, { digest, mediaType, bytes });
}

async function copyBlob(digest: string, { directory, repository, storage }: Layout): Promise<void> {
  if ((await storage.blobSize(repository, digest)) !== undefined) return;
  const uploads = new Uploads(storage, { maxBlobBytes: Infinity });
  const source = createReadStream(blobPath(directory, digest)) as AsyncIterable<Buffer>;
  await uploads.finish(await uploads.append(await uploads.begin(repository), source), digest);
}

async function readIndex(directory: string): Promise<readonly NamedDescriptor[]> {
  const path = join(directory, 'index.json');
  const index = parseJson(await readFile(path)) as { manifests?: readonly NamedDescriptor[] } | undefined;
  if (!Array.isArray(index?.manifests)) {
    throw new SandboxError('IMAGE_INVALID', `${path} isn't the index of an OCI image layout`);
  }
  return index.manifests;
}

function blobPath(directory: string, digest: string): string {
  if (!isDigest(digest)) throw new SandboxError('IMAGE_INVALID', `${directory} names a blob ${JSON.stringify(digest)}`);
  const { algorithm, hex } = digestParts(digest);
  return join(directory, 'blobs', algorithm, hex);
}

function ignoreMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error;
}
