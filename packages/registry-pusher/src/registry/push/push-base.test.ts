import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { mediaTypes } from '../../image/descriptor.ts';
import { digestOf } from '../../image/digest.ts';
import { type Image, imageOf, type RemoteImage, storedLayers } from '../../image/image.ts';
import { expectCode } from '../../testing/expect-code.ts';
import { putOciImage } from '../../testing/images.ts';
import { impatientClient } from '../../testing/impatient.ts';
import { type MemoryRegistry, startRegistry } from '../../testing/registry.ts';

const base = { repository: 'library/node', tag: '20' };
const at = ({ name }: MemoryRegistry, { repository, tag } = { repository: 'shop/web', tag: 'latest' }) => ({
  registry: name,
  repository,
  tag,
});

function onlyBase(image: RemoteImage): Image {
  return { ...image, layers: storedLayers(image) };
}

test.for([
  ['zstd', mediaTypes.ociLayerZstd],
  ['plain tar', mediaTypes.ociLayer],
])('gzips a base layer in %s, without changing its tar (fault 35, registry-pusher)', async ([, layerType]) => {
  await using hub = await startRegistry();
  await using registry = await startRegistry();
  await using client = impatientClient();
  putOciImage(hub, base.repository, base.tag, { contents: ['one layer', 'another'], layerType: layerType! });
  const image = (await client.getImage(at(hub, base)))!;

  const pushed = await client.push(onlyBase(image), at(registry));

  expect(pushed.imageId).toBe(image.imageId);
  const stored = (await client.getImage(at(registry)))!;
  expect(stored.manifest.layers.map(({ mediaType }) => mediaType)).toEqual(Array(2).fill(mediaTypes.dockerLayerGzip));
  const texts = stored.manifest.layers.map(({ digest }) =>
    gunzipSync(registry.blobs.get(`shop/web@${digest}`)!).toString(),
  );
  expect(texts).toEqual(['one layer', 'another']);
  expect((await client.push(onlyBase(image), at(registry))).sentBytes).toBe(0);
});

test("rejects a base layer that doesn't decompress to its diff ID (fault 36, registry-pusher)", async () => {
  await using hub = await startRegistry();
  await using registry = await startRegistry();
  await using client = impatientClient();
  putOciImage(hub, base.repository, base.tag, { layerType: mediaTypes.ociLayerZstd });
  const image = (await client.getImage(at(hub, base)))!;
  const config = { ...image.config, rootfs: { type: 'layers' as const, diff_ids: [digestOf('other bytes')] } };
  const mislabeled = imageOf(config, [{ ...storedLayers(image)[0]!, diffId: digestOf('other bytes') }]);

  await expectCode(
    client.push(mislabeled, at(registry)),
    'DIGEST_MISMATCH',
    'decompresses to',
    digestOf('other bytes'),
  );
  expect(registry.manifests.size).toBe(0);
});

test("names a base layer that can't be decompressed (fault 35, registry-pusher)", async () => {
  await using hub = await startRegistry();
  await using registry = await startRegistry();
  await using client = impatientClient();
  const { manifest } = putOciImage(hub, base.repository, base.tag, { layerType: mediaTypes.ociLayerZstd });
  const cut = Buffer.from('28b52ffd2008', 'hex');
  const layer = { mediaType: mediaTypes.ociLayerZstd, size: cut.length, digest: hub.putBlob(base.repository, cut) };
  hub.putManifest(base.repository, base.tag, mediaTypes.ociManifest, { ...manifest, layers: [layer] });
  const image = (await client.getImage(at(hub, base)))!;

  await expectCode(
    client.push(onlyBase(image), at(registry)),
    'MEDIA_TYPE_REFUSED',
    layer.digest,
    "can't be decompressed",
  );
});

test('streams base layers unchanged between registries, and skips those that are there', async () => {
  await using hub = await startRegistry();
  await using registry = await startRegistry();
  await using client = impatientClient();
  putOciImage(hub, base.repository, base.tag, { contents: ['one', 'two'] });
  const image = (await client.getImage(at(hub, base)))!;

  const first = await client.push(onlyBase(image), at(registry));
  expect(first.blobs.map(({ outcome }) => outcome)).toEqual(['sent', 'sent', 'sent']);
  expect(image.manifest.layers.map(({ digest }) => registry.blobs.has(`shop/web@${digest}`))).toEqual([true, true]);

  const read = hub.count('GET blob');
  const again = await client.push(onlyBase(image), at(registry));
  expect(again.blobs.map(({ outcome }) => outcome)).toEqual(['present', 'present', 'present']);
  expect(hub.count('GET blob')).toBe(read);
});

test("mounts a base from the target's own registry without reading it", async () => {
  await using registry = await startRegistry();
  await using client = impatientClient();
  putOciImage(registry, base.repository, base.tag, { contents: ['one', 'two'] });
  const image = (await client.getImage(at(registry, base)))!;
  const read = registry.count('GET blob');

  const pushed = await client.push(onlyBase(image), at(registry));

  expect(pushed.blobs.map(({ outcome }) => outcome)).toEqual(['mounted', 'mounted', 'sent']);
  expect(registry.count('GET blob')).toBe(read);
});
