import { mkdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { type Digest, digestOf } from '../../image/digest.ts';
import { imageOf } from '../../image/image.ts';
import { layoutReference } from '../../image/reference.ts';
import { createDirectory } from '../../testing/directory.ts';
import { expectCode } from '../../testing/expect-code.ts';
import { layerOf, putOciImage } from '../../testing/images.ts';
import { impatientClient } from '../../testing/impatient.ts';
import { startRegistry } from '../../testing/registry.ts';
import { tarLayer } from '../../testing/tar-layer.ts';
import { buildDirect } from '../direct/build-direct.ts';
import { type HandedOver, takeImage, type TakeImageOptions } from './take-image.ts';

const sourceDigest = digestOf('sources');

/** A build job's image in an OCI layout, and what the deploy job knows. */
async function handover() {
  const server = await startRegistry();
  const client = impatientClient();
  const base = (await tarLayer({ 'usr/bin/node': 'node' })).toString('latin1');
  putOciImage(server, 'library/node', 'latest', { contents: [base] });
  const directory = await createDirectory({
    Dockerfile: `FROM ${server.name}/library/node\nWORKDIR /app\nCOPY main.js ./\nLABEL a=b\nCMD ["node", "main.js"]\n`,
    'main.js': 'console.log("hello")\n',
  });
  const layout = directory.file('out/handover');
  await mkdir(layout, { recursive: true });
  const request = { context: directory.path, dockerfile: directory.file('Dockerfile') };
  await buildDirect(request, { registry: client, lock: 'write' }).then(({ close }) => close());
  const built = await buildDirect(request, { registry: client });
  const { manifestDigest } = await client.push(built.image, layoutReference(layout, 'latest'));
  const handed: HandedOver = { from: { ...layoutReference(layout), digest: manifestDigest }, sourceDigest };
  const take = (options: Partial<TakeImageOptions> = {}, more: object = {}) =>
    takeImage({ ...request, revision: 'c0ffee', ...more }, handed, { registry: client, ...options });
  const blob = (digest: string) => join(layout, 'blobs/sha256', digest.slice('sha256:'.length));
  /** Replaces the image by another one, as hostile code of the build job can. */
  const forge = async (image: Parameters<typeof client.push>[0]) => {
    await rm(layout, { recursive: true });
    const pushed = await client.push(image, layoutReference(layout, 'latest'));
    return { ...handed, from: { ...layoutReference(layout), digest: pushed.manifestDigest } };
  };
  return {
    server,
    client,
    directory,
    layout,
    request,
    built,
    handed,
    take,
    blob,
    forge,
    layers: async () => (await client.getImage(handed.from))!.manifest.layers,
    async [Symbol.asyncDispose]() {
      await client.close();
      await directory[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}

test('takes the image as it was built, and labels it with the commit', async () => {
  await using job = await handover();
  const taken = await job.take();
  const { config } = job.built.image;
  const labels = { ...config.config?.Labels, 'org.opencontainers.image.revision': 'c0ffee' };
  expect(taken.image.config).toEqual({ ...config, config: { ...config.config, Labels: labels } });
  expect(taken.layers).toMatchObject([
    { instruction: 'WORKDIR /app', line: 2 },
    { instruction: 'COPY main.js ./', line: 3, files: 1 },
  ]);
  expect(taken).toMatchObject({ sourceDigest, declaresSourceDigest: false, warnings: [] });
  const target = { registry: job.server.name, repository: 'shop/web', tag: 'latest' };
  expect(await job.client.push(taken.image, target)).toMatchObject({ imageId: taken.image.imageId });
  await taken.close();
});

test('keeps the label of the image that runs if nothing else changed, so nothing is deployed', async () => {
  await using job = await handover();
  const target = { registry: job.server.name, repository: 'shop/web', tag: 'latest' };
  const first = await job.take();
  await job.client.push(first.image, target);
  await first.close();
  const previous = await job.client.getImage(target);
  const again = await job.take({ previous }, { revision: 'decade' });
  expect(again.image.imageId).toBe(first.image.imageId);
  expect(again.layers.map(({ reused }) => reused)).toEqual([true, true]);
  await again.close();
});

test('an image without anything that runs in another place is what a build gives', async () => {
  await using job = await handover();
  const built = await buildDirect({ ...job.request, revision: 'c0ffee' }, { registry: job.client });
  expect((await job.take()).image.imageId).toBe(built.image.imageId);
});

test('a blob that is a link to the environment of the deploy job is refused', async () => {
  await using job = await handover();
  const [, layer] = await job.layers();
  await rm(job.blob(layer!.digest));
  await symlink('/proc/self/environ', job.blob(layer!.digest));
  await expectCode(job.take(), 'LAYOUT_INVALID', 'is a link');
});

test('a directory of the layout that is a link is refused', async () => {
  await using job = await handover();
  await rename(join(job.layout, 'blobs'), job.directory.file('elsewhere'));
  await symlink(job.directory.file('elsewhere'), join(job.layout, 'blobs'));
  await expectCode(job.take(), 'LAYOUT_INVALID', "blobs isn't a directory");
});

test('a blob with other bytes of the same size is refused', async () => {
  await using job = await handover();
  const [, layer] = await job.layers();
  const bytes = await readFile(job.blob(layer!.digest));
  bytes[bytes.length - 9]! ^= 1;
  await writeFile(job.blob(layer!.digest), bytes);
  await expect(job.take()).rejects.toMatchObject({ code: expect.stringMatching(/^(DIGEST_MISMATCH|IMAGE_REFUSED)$/) });
});

test('a layer that decompresses to something else than its diff ID is refused', async () => {
  await using job = await handover();
  const evil = gzipSync('something else');
  const digest = digestOf(evil);
  const { image } = job.built;
  const forged = await job.forge({
    ...image,
    layers: image.layers.map((layer, index) =>
      index === 2
        ? {
            kind: 'blob' as const,
            diffId: layer.diffId,
            blob: {
              descriptor: { mediaType: 'application/vnd.docker.image.rootfs.diff.tar.gzip', size: evil.length, digest },
              open: async function* () {
                yield evil;
              },
            },
          }
        : layer,
    ),
  });
  await expectCode(takeImage(job.request, forged, { registry: job.client }), 'IMAGE_REFUSED', 'decompresses to');
});

test('an image on another base than the lock file pins is refused', async () => {
  await using job = await handover();
  const other = layerOf('another base');
  const { image } = job.built;
  const diff_ids = [other.diffId, ...image.config.rootfs.diff_ids.slice(1)];
  const config = { ...image.config, rootfs: { type: 'layers' as const, diff_ids } };
  const forged = await job.forge(imageOf(config, [other, ...image.layers.slice(1)]));
  await expectCode(
    takeImage(job.request, forged, { registry: job.client }),
    'IMAGE_REFUSED',
    "its lowest layers aren't those of the Dockerfile's base image",
  );
});

test('without a pinned base, it says that nothing shows which base the image stands on', async () => {
  await using job = await handover();
  await rm(job.directory.file('Dockerfile.lock'));
  const { warnings } = await job.take();
  expect(warnings).toEqual([expect.stringContaining("The base image isn't pinned")]);
});

test.each([
  ['layers', { layers: 2, size: 1e9, layerSize: 1e9 }, 'it has 3 layers, more than 2'],
  ['bytes', { layers: 9, size: 10, layerSize: 1e9 }, 'bytes, more than 10'],
  ['bytes after decompression', { layers: 9, size: 1e9, layerSize: 10 }, 'decompresses to more than 10 bytes'],
])('too many %s are refused', async (_, limits, message) => {
  await using job = await handover();
  await expectCode(job.take({ limits }), 'IMAGE_REFUSED', message);
});

test('a layer or a config with a secret of the deploy job is refused', async () => {
  await using job = await handover();
  await expectCode(job.take({}, { secrets: ['console.log("hello")'] }), 'FILE_REFUSED');
  await expectCode(job.take({}, { secrets: ['["node","main.js"]'] }), 'FILE_REFUSED');
});

test('layers with urls are refused', async () => {
  await using job = await handover();
  const manifest = JSON.parse(await readFile(job.blob(job.handed.from.digest), 'utf8')) as { layers: object[] };
  manifest.layers = manifest.layers.map((layer) => ({ ...layer, urls: ['http://169.254.169.254/latest/meta-data'] }));
  const bytes = Buffer.from(JSON.stringify(manifest));
  const digest: Digest = digestOf(bytes);
  await writeFile(job.blob(digest), bytes);
  const entry = { mediaType: 'application/vnd.oci.image.manifest.v1+json', digest, size: bytes.length };
  await writeFile(join(job.layout, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests: [entry] }));
  const handed = { ...job.handed, from: { ...job.handed.from, digest } };
  await expectCode(
    takeImage(job.request, handed, { registry: job.client }),
    'MEDIA_TYPE_REFUSED',
    'outside the registry',
  );
});

test('an image that isn’t there any more is to be built again', async () => {
  await using job = await handover();
  const from = { registry: job.server.name, repository: 'shop/handover', digest: job.handed.from.digest };
  const taking = takeImage(job.request, { ...job.handed, from }, { registry: job.client });
  await expectCode(taking, 'IMAGE_NOT_FOUND', 'Build it again: retry that job');
  const [, layer] = await job.layers();
  await rm(job.blob(layer!.digest));
  await expectCode(job.take(), 'LAYOUT_INVALID', 'it has no blob');
});
