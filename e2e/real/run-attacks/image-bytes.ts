import { buffer } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';
import { parseImageReference, type RegistryClient } from '@tozo/registry-pusher';

/**
 * Returns all bytes of an image in a registry: manifest, config, and layers, decompressed.
 * @param anyTag the repository's only tag has a name that isn't known
 */
export async function contentBytes(client: RegistryClient, name: string, anyTag = false): Promise<Buffer> {
  const reference = anyTag ? await onlyTag(name) : parseImageReference(name);
  const image = (await client.getImage(reference, {}))!;
  const layers = await Promise.all(
    image.manifest.layers.map(async (layer) => gunzipSync(await buffer(await client.readBlob(image.from, layer, {})))),
  );
  return Buffer.concat([Buffer.from(JSON.stringify(image.manifest)), image.configBytes, ...layers]);
}

async function onlyTag(name: string) {
  const { registry, repository } = parseImageReference(name);
  const response = await fetch(`http://${registry}/v2/${repository}/tags/list`);
  const { tags } = (await response.json()) as { tags: string[] };
  return { registry, repository, tag: tags[0]! };
}
