import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { mediaTypes } from '../../image/descriptor.ts';
import { digestOf } from '../../image/digest.ts';
import { createDirectory } from '../../testing/directory.ts';
import { impatientClient } from '../../testing/impatient.ts';
import { type MemoryRegistry, startRegistry } from '../../testing/registry.ts';
import { tarLayer } from '../../testing/tar-layer.ts';
import { buildDirect } from './build-direct.ts';

async function putBase(registry: MemoryRegistry): Promise<string> {
  const tar = await tarLayer({ 'etc/passwd': 'node:x:1000:1000::/:/bin/sh\n', 'app/': '' });
  const layer = gzipSync(tar);
  const config = Buffer.from(
    JSON.stringify({
      architecture: 'amd64',
      os: 'linux',
      rootfs: { type: 'layers', diff_ids: [digestOf(tar)] },
    }),
  );
  const put = (mediaType: string, bytes: Buffer) => ({
    mediaType,
    size: bytes.length,
    digest: registry.putBlob('library/base', bytes),
  });
  registry.putManifest('library/base', 'latest', mediaTypes.ociManifest, {
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    config: put(mediaTypes.ociConfig, config),
    layers: [put(mediaTypes.ociLayerGzip, layer)],
  });
  return digestOf(layer);
}

test.each([
  ['once when it is pushed to another registry', true, 1],
  ['again when the build was not told where', false, 2],
])("downloads a base's layer %s", async (_, isTold, downloads) => {
  await using hub = await startRegistry();
  await using target = await startRegistry();
  await using client = impatientClient();
  const layer = await putBase(hub);
  await using shop = await createDirectory({
    Dockerfile: `FROM ${hub.name}/library/base\nCOPY --chown=node main.js /app/\n`,
    'main.js': 'main',
  });
  const request = { context: shop.path, dockerfile: shop.file('Dockerfile') };

  const built = await buildDirect(request, { registry: client, ...(isTold ? { pushTo: target.name } : {}) });
  const pushed = await client.push(built.image, { registry: target.name, repository: 'shop/web' });
  await built.close();

  expect(hub.calls.filter(({ url }) => url.pathname.endsWith(layer))).toHaveLength(downloads);
  expect(target.blobs.has(`shop/web@${layer}`)).toBe(true);
  expect(pushed.layers[0]).not.toHaveProperty('local');
});

test('mounts the layers of a base in the same registry, and keeps no copy', async () => {
  await using hub = await startRegistry();
  await using client = impatientClient();
  await putBase(hub);
  await using shop = await createDirectory({ Dockerfile: `FROM ${hub.name}/library/base\nWORKDIR /app/x\n` });
  const request = { context: shop.path, dockerfile: shop.file('Dockerfile') };

  const built = await buildDirect(request, { registry: client, pushTo: hub.name });
  const pushed = await client.push(built.image, { registry: hub.name, repository: 'shop/web' });

  expect(built.image.layers[0]).not.toHaveProperty('local');
  expect(pushed.blobs[0]).toMatchObject({ outcome: 'mounted' });
});

test('compresses a layer that is too large for memory once, into a file', async () => {
  await using hub = await startRegistry();
  await using client = impatientClient();
  await putBase(hub);
  await using shop = await createDirectory({
    Dockerfile: `FROM ${hub.name}/library/base\nCOPY big small /app/\n`,
    big: Buffer.alloc(49 * 1024 * 1024).toString('latin1'),
    small: 'small',
  });
  const request = { context: shop.path, dockerfile: shop.file('Dockerfile') };

  const built = await buildDirect(request, { registry: client });
  const [, layer] = built.image.layers;
  if (layer?.kind !== 'blob') throw new Error(`The layer is ${layer?.kind}.`);
  const bytes = await buffer(layer.blob.open());
  const rest = await buffer(layer.blob.open(10));
  await built.close();

  expect(digestOf(bytes)).toBe(layer.blob.descriptor.digest);
  expect(rest.equals(bytes.subarray(10))).toBe(true);
  await expect(buffer(layer.blob.open())).rejects.toThrow('was closed before it was read');
});
