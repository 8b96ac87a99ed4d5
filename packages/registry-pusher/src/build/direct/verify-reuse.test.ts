import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { mediaTypes } from '../../image/descriptor.ts';
import { digestOf } from '../../image/digest.ts';
import { RegistryPusherError } from '../../image/errors.ts';
import type { RemoteImage } from '../../image/image.ts';
import { expectCode } from '../../testing/expect-code.ts';
import { app, appFiles, project } from '../../testing/project.ts';
import { buildDirect } from './build-direct.ts';
import type { ImageReader } from '../base-image.ts';

async function deployed() {
  const shop = await project(app, appFiles);
  const previous = await shop.registry.push((await shop.build()).image);
  const verify = (image: RemoteImage, registry: ImageReader = shop.registry) =>
    buildDirect(
      { context: shop.path, dockerfile: shop.file('Dockerfile') },
      { registry, previous: image, verifyReuse: true },
    );
  return { ...shop, previous, verify };
}

test('reuses valid layers', async () => {
  await using shop = await deployed();
  const verified = await shop.verify(shop.previous);
  expect(verified.layers.every(({ reused }) => reused)).toBe(true);
  expect(verified.image.imageId).toBe(shop.previous.imageId);
});

test('verifies and reuses a layer from another image', async () => {
  await using shop = await deployed();
  await shop.write({ Dockerfile: 'FROM node:20\nCOPY --from=tools:1 /opt/a /x\n' });
  await shop.registry.putBase('docker.io/library/tools:1', [{ 'opt/a': 'a' }]);
  const previous = await shop.registry.push((await shop.build()).image);
  expect((await shop.verify(previous)).layers.map(({ reused }) => reused)).toEqual([true]);
});

test("builds a layer again that the registry can't serve (fault 132, registry-pusher)", async () => {
  await using shop = await deployed();
  const gone: ImageReader = {
    getImage: (reference) => shop.registry.getImage(reference),
    getDigest: (reference) => shop.registry.getDigest(reference),
    readBlob: async (from, descriptor) => {
      if (from.repository !== 'shop/web') return shop.registry.readBlob(from, descriptor);
      throw new RegistryPusherError('REGISTRY_PROTOCOL', 'BLOB_UNKNOWN');
    },
  };
  const verified = await shop.verify(shop.previous, gone);
  expect(verified.layers.some(({ reused }) => reused)).toBe(false);
  expect(verified.image.imageId).toBe(shop.previous.imageId);
});

test('rejects a layer with a false source digest', async () => {
  await using shop = await deployed();
  const { config } = shop.previous;
  const diff_ids = [...config.rootfs.diff_ids.slice(0, -1), digestOf('other files')];
  const forged = { ...shop.previous, config: { ...config, rootfs: { ...config.rootfs, diff_ids } } };

  expect((await shop.build({}, forged)).layers.at(-1)).toMatchObject({ reused: true });
  await expectCode(
    shop.verify(forged),
    'DIGEST_MISMATCH',
    'Dockerfile line 6: COPY --chown=node dist ./dist/',
    'registry.heroku.com/shop/web',
    digestOf('other files'),
  );
});

test('rejects a layer with different bytes in the registry', async () => {
  await using shop = await deployed();
  const bytes = gzipSync('another layer');
  const descriptor = { mediaType: mediaTypes.dockerLayerGzip, size: bytes.length, digest: digestOf(bytes) };
  const layers = [...shop.previous.manifest.layers.slice(0, -1), descriptor];
  const forged = { ...shop.previous, manifest: { ...shop.previous.manifest, layers } };
  const { registry } = shop;
  const serving = (served: Buffer): ImageReader => ({
    getDigest: (reference) => registry.getDigest(reference),
    getImage: (reference) => registry.getImage(reference),
    readBlob: async (from, wanted) =>
      wanted.digest === descriptor.digest ? Readable.from([served]) : registry.readBlob(from, wanted),
  });

  await expectCode(shop.verify(forged, serving(bytes)), 'DIGEST_MISMATCH', digestOf('another layer'));
  await expectCode(shop.verify(forged, serving(bytes.subarray(0, -8))), 'DIGEST_MISMATCH', 'unreadable');
});

test('ignores the previous image’s facts about its base', async () => {
  await using shop = await deployed();
  const history = shop.previous.config.history!.map((entry) =>
    entry.comment === undefined ? entry : { ...entry, comment: entry.comment.replaceAll('1000:1000', '0:0') },
  );
  const forged = { ...shop.previous, config: { ...shop.previous.config, history } };
  const honest = await shop.build();

  const verified = await shop.verify(forged);

  expect((await shop.build({}, forged)).sourceDigest).not.toBe(honest.sourceDigest);
  expect(verified.sourceDigest).toBe(honest.sourceDigest);
});

test('takes a gzipped base layer from the previous image, except when verifying', async () => {
  await using shop = await deployed();
  const { registry } = shop;
  const zstd: ImageReader = {
    getDigest: (reference) => registry.getDigest(reference),
    readBlob: (from, wanted) => registry.readBlob(from, wanted),
    getImage: async (reference) => {
      const image = (await registry.getImage(reference))!;
      const layers = image.manifest.layers.map((layer) => ({ ...layer, mediaType: mediaTypes.ociLayerZstd }));
      return { ...image, manifest: { ...image.manifest, layers } };
    },
  };
  const request = { context: shop.path, dockerfile: shop.file('Dockerfile') };
  const typeOfBase = async (previous?: RemoteImage, verifyReuse = false) => {
    const { image } = await buildDirect(request, { registry: zstd, previous, verifyReuse });
    return image.layers[0]!.kind === 'stored' ? image.layers[0]!.descriptor.mediaType : 'new';
  };

  expect(await typeOfBase()).toBe(mediaTypes.ociLayerZstd);
  expect(await typeOfBase(shop.previous)).toBe(mediaTypes.dockerLayerGzip);
  expect(await typeOfBase(shop.previous, true)).toBe(mediaTypes.ociLayerZstd);
});
