import { expect, test } from 'vitest';
import { mediaTypes } from '../../image/descriptor.ts';
import { imageFrom, layerOf } from '../../testing/images.ts';
import { impatientClient } from '../../testing/impatient.ts';
import { startRegistry } from '../../testing/registry.ts';

const image = imageFrom(layerOf('a layer'));

test('pushes an image as Docker or OCI with the same blobs and image ID', async () => {
  await using registry = await startRegistry();
  await using client = impatientClient();
  const target = { registry: registry.name, repository: 'shop/web', tag: 'docker' };
  const docker = await client.push(image, target);
  const annotations = { 'org.opencontainers.image.source': 'https://example.com/shop' };
  const oci = await client.push(image, { ...target, tag: 'oci' }, { format: 'oci', annotations });

  expect([oci.imageId, oci.sentBytes]).toEqual([docker.imageId, 0]);
  const stored = registry.manifests.get('shop/web:oci')!;
  expect(stored.type).toBe(mediaTypes.ociManifest);
  const [layer] = oci.layers;
  expect(JSON.parse(stored.bytes.toString())).toEqual({
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    config: { mediaType: mediaTypes.ociConfig, size: image.configBytes.length, digest: image.imageId },
    layers: [{ ...layer!.descriptor, mediaType: mediaTypes.ociLayerGzip }],
    annotations,
  });
  expect(await client.getImage({ ...target, tag: 'oci' })).toMatchObject({
    imageId: image.imageId,
    manifestDigest: oci.manifestDigest,
    manifest: { mediaType: mediaTypes.dockerManifest },
  });
});

test('pushes all tags, and rejects an invalid one before any request', async () => {
  await using registry = await startRegistry();
  await using client = impatientClient();
  const target = { registry: registry.name, repository: 'shop/web', tag: '1.2' };
  await expect(client.push(image, target, { tags: ['-no'] })).rejects.toMatchObject({ code: 'REFERENCE_INVALID' });
  expect(registry.calls).toEqual([]);

  const { manifestDigest } = await client.push(image, target, { tags: ['1', 'latest', '1.2'] });
  expect([...registry.manifests.keys()].sort()).toEqual(
    ['1', '1.2', 'latest', manifestDigest].map((name) => `shop/web:${name}`),
  );
  expect(registry.count('PUT manifest')).toBe(3);
});

test('rejects annotations in the format docker', async () => {
  await using client = impatientClient();
  const pushed = client.push(image, { registry: '127.0.0.1:1', repository: 'shop' }, { annotations: {} });
  await expect(pushed).rejects.toMatchObject({ code: 'CONFIG_INVALID', message: expect.stringContaining('oci') });
});
