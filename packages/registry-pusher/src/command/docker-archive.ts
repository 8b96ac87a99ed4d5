import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type RemoteImage, storedLayers } from '../image/image.ts';
import type { RegistryClient } from '../registry/client/client.ts';
import type { TarHeader } from '../tar/header.ts';
import { type TarEntry, writeTar } from '../tar/write.ts';

/**
 * Writes an image as `docker save` does, for `docker load`. Layers stay gzipped, which engines accept.
 * @param path absolute
 * @param name the reference that the image gets
 * @see https://github.com/moby/docker-image-spec/blob/main/v1.2.md#combined-image-json--filesystem-changeset-format
 */
export async function writeDockerArchive(
  path: string,
  image: RemoteImage,
  name: string,
  registry: Pick<RegistryClient, 'readBlob'>,
): Promise<void> {
  await pipeline(Readable.from(writeTar(entriesOf(image, name, registry))), createWriteStream(path));
}

async function* entriesOf(
  image: RemoteImage,
  name: string,
  registry: Pick<RegistryClient, 'readBlob'>,
): AsyncGenerator<TarEntry> {
  const layers = storedLayers(image);
  const nameOf = (digest: string) => digest.slice('sha256:'.length);
  const config = `${nameOf(image.imageId)}.json`;
  const layerNames = layers.map(({ descriptor }) => `${nameOf(descriptor.digest)}.tar.gz`);
  yield fileOf(config, Buffer.from(image.configBytes));
  const written = new Set<string>();
  for (const [index, { descriptor, from }] of layers.entries()) {
    const file = layerNames[index]!;
    if (written.has(file)) continue;
    written.add(file);
    yield { header: headerOf(file, descriptor.size), content: await registry.readBlob(from, descriptor) };
  }
  const manifest = [{ Config: config, RepoTags: [name], Layers: layerNames }];
  yield fileOf('manifest.json', Buffer.from(JSON.stringify(manifest)));
}

function fileOf(path: string, bytes: Buffer): TarEntry {
  return { header: headerOf(path, bytes.length), content: Readable.from([bytes]) };
}

function headerOf(name: string, size: number): TarHeader {
  return { name, type: 'file', mode: 0o644, uid: 0, gid: 0, size, mtime: 0 };
}
