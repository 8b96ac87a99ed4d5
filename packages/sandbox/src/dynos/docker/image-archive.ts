import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { type Pack, pack } from 'tar-stream';
import type { PushedImage } from '../../registry/image-store.ts';
import type { OpenBlob } from '../layer-source.ts';

/**
 * A pushed image as `docker save` writes one, for the engine to load: config and layers are the registry's own blobs, the
 * layers as compressed as they were pushed.
 *
 * @see https://github.com/moby/docker-image-spec
 */
export function imageArchive(image: PushedImage, imageId: string, tag: string, openBlob: OpenBlob): Readable {
  const archive = pack();
  writeArchive(archive, image, imageId, tag, openBlob).catch((error: Error) => archive.destroy(error));
  return archive;
}

async function writeArchive(
  archive: Pack,
  { layers }: PushedImage,
  imageId: string,
  tag: string,
  openBlob: OpenBlob,
): Promise<void> {
  const config = `${hexOf(imageId)}.json`;
  const manifest = [{ Config: config, RepoTags: [tag], Layers: layers.map(({ digest }) => layerPath(digest)) }];
  archive.entry({ name: 'manifest.json' }, JSON.stringify(manifest));
  archive.entry({ name: config }, await buffer(openBlob(imageId)));
  for (const [digest, size] of new Map(layers.map((layer) => [layer.digest, layer.size]))) {
    await pipeline(openBlob(digest), archive.entry({ name: layerPath(digest), size }));
  }
  archive.finalize();
}

const hexOf = (digest: string): string => digest.replace(/^sha256:/, '');

const layerPath = (digest: string): string => `${hexOf(digest)}/layer.tar`;
