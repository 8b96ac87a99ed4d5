import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { type Pack, pack } from 'tar-stream';
import type { PushedImage } from '../../registry/image-store.ts';
import type { OpenBlob } from '../image/layer-source.ts';

/**
 * Returns a pushed image in the form of `docker save`, for the engine to load. Config and layers are the registry's blobs,
 * compressed as pushed.
 *
 * @param known how many of the lowest layers to leave out, because the engine has them
 * @see https://github.com/moby/docker-image-spec
 */
export function imageArchive(
  image: PushedImage,
  { imageId, tag, known }: { readonly imageId: string; readonly tag: string; readonly known: number },
  openBlob: OpenBlob,
): Readable {
  const archive = pack();
  const config = `${hexOf(imageId)}.json`;
  const manifest = [{ Config: config, RepoTags: [tag], Layers: image.layers.map(({ digest }) => layerPath(digest)) }];
  archive.entry({ name: 'manifest.json' }, JSON.stringify(manifest));
  const sent = new Map(image.layers.slice(known).map((layer) => [layer.digest, layer.size]));
  writeBlobs(archive, { name: config, digest: imageId }, sent, openBlob).catch((error: Error) =>
    archive.destroy(error),
  );
  return archive;
}

async function writeBlobs(
  archive: Pack,
  config: { readonly name: string; readonly digest: string },
  layers: ReadonlyMap<string, number>,
  openBlob: OpenBlob,
): Promise<void> {
  archive.entry({ name: config.name }, await buffer(openBlob(config.digest)));
  for (const [digest, size] of layers) {
    await pipeline(openBlob(digest), archive.entry({ name: layerPath(digest), size }));
  }
  archive.finalize();
}

const hexOf = (digest: string): string => digest.replace(/^sha256:/, '');

const layerPath = (digest: string): string => `${hexOf(digest)}/layer.tar`;
