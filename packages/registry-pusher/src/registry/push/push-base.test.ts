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
  ['nothing', mediaTypes.ociLayer],
])(
  'a base layer that is packed by %s is packed again by gzip, and unpacks to the same (fault 35)',
  async ([, layerType]) => {
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
  },
);

test('one that unpacks to something else than its image says goes nowhere (fault 36)', async () => {
  await using hub = await startRegistry();
  await using registry = await startRegistry();
  await using client = impatientClient();
  putOciImage(hub, base.repository, base.tag, { layerType: mediaTypes.ociLayerZstd });
  const image = (await client.getImage(at(hub, base)))!;
  const config = { ...image.config, rootfs: { type: 'layers' as const, diff_ids: [digestOf('other bytes')] } };
  const lies = imageOf(config, [{ ...storedLayers(image)[0]!, diffId: digestOf('other bytes') }]);

  await expectCode(client.push(lies, at(registry)), 'DIGEST_MISMATCH', 'unpacks to', digestOf('other bytes'));
  expect(registry.manifests.size).toBe(0);
});

test('one that cannot be unpacked is named (fault 35)', async () => {
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
    'cannot be unpacked',
  );
});

test('base layers go from registry to registry as they are, as a stream, and not at all when they are there', async () => {
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

test('a base in the target’s own registry is mounted, and none of its layers is read', async () => {
  await using registry = await startRegistry();
  await using client = impatientClient();
  putOciImage(registry, base.repository, base.tag, { contents: ['one', 'two'] });
  const image = (await client.getImage(at(registry, base)))!;
  const read = registry.count('GET blob');

  const pushed = await client.push(onlyBase(image), at(registry));

  expect(pushed.blobs.map(({ outcome }) => outcome)).toEqual(['mounted', 'mounted', 'sent']);
  expect(registry.count('GET blob')).toBe(read);
});
