import { execFile } from 'node:child_process';
import { link, mkdir, readdir, readFile, rename, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { mediaTypes } from '../../image/descriptor.ts';
import { layoutReference } from '../../image/reference.ts';
import { storedLayers } from '../../image/image.ts';
import { createDirectory } from '../../testing/directory.ts';
import { expectCode } from '../../testing/expect-code.ts';
import { imageFrom, layerOf, putOciImage } from '../../testing/images.ts';
import { impatientClient } from '../../testing/impatient.ts';
import { startRegistry } from '../../testing/registry.ts';

const run = promisify(execFile);

/** Writes an image with two layers to a layout. */
async function written() {
  const directory = await createDirectory({});
  const client = impatientClient();
  const path = directory.file('layout');
  const image = imageFrom(layerOf('one'), layerOf('two'));
  const result = await client.push(image, layoutReference(path), { tags: ['1.0'] });
  const blob = (digest: string) => join(path, 'blobs/sha256', digest.slice('sha256:'.length));
  return {
    path,
    client,
    image,
    result,
    blob,
    read: (tag?: string) => client.getImage(layoutReference(path, tag)),
    [Symbol.asyncDispose]: async () => {
      await client.close();
      await directory[Symbol.asyncDispose]();
    },
  };
}

async function edit(path: string, change: (value: Record<string, unknown>) => object): Promise<void> {
  await writeFile(path, JSON.stringify(change(JSON.parse(await readFile(path, 'utf8')) as Record<string, unknown>)));
}

test('writes a layout that is read back as the same image', async () => {
  await using layout = await written();

  const image = await layout.read();

  expect(image).toMatchObject({ imageId: layout.image.imageId, manifestDigest: layout.result.manifestDigest });
  expect(await layout.read('1.0')).toEqual(image);
  expect(JSON.parse(await readFile(join(layout.path, 'oci-layout'), 'utf8'))).toEqual({ imageLayoutVersion: '1.0.0' });
  const index = JSON.parse(await readFile(join(layout.path, 'index.json'), 'utf8')) as { manifests: object[] };
  expect(index.manifests).toHaveLength(2);
  expect(index.manifests[0]).toMatchObject({
    mediaType: mediaTypes.ociManifest,
    platform: { os: 'linux', architecture: 'amd64' },
    annotations: { 'org.opencontainers.image.ref.name': 'latest' },
  });
  expect(await readdir(join(layout.path, 'blobs'))).toEqual(['sha256']);
});

test('pushes an image from a layout, with the same image ID, and back', async () => {
  await using layout = await written();
  await using registry = await startRegistry();
  const { config, configBytes, imageId, ...image } = (await layout.read())!;
  const parts = { config, configBytes, imageId, layers: storedLayers({ config, configBytes, imageId, ...image }) };
  const target = { registry: registry.name, repository: 'shop/web', tag: 'latest' };

  const pushed = await layout.client.push(parts, target);
  const again = await layout.client.push(parts, target);

  expect(pushed).toMatchObject({ imageId: layout.image.imageId });
  expect(again.sentBytes).toBe(0);
  const back = await layout.client.push({ ...parts, layers: pushed.layers }, layoutReference(layout.path));
  expect(back).toMatchObject({ sentBytes: 0, manifestDigest: layout.result.manifestDigest });
});

test("contains a base's layers, and writes those in zstd with gzip", async () => {
  await using registry = await startRegistry();
  await using layout = await written();
  putOciImage(registry, 'library/base', 'latest', { layerType: mediaTypes.ociLayerZstd });
  const base = (await layout.client.getImage({ registry: registry.name, repository: 'library/base' }))!;

  const image = imageFrom(...storedLayers(base));
  await layout.client.push(image, layoutReference(layout.path));

  const read = await layout.read();
  expect(read?.manifest.layers.map(({ mediaType }) => mediaType)).toEqual([mediaTypes.dockerLayerGzip]);
  expect(read?.imageId).toBe(image.imageId);
});

test('is undefined where there is no layout, and for a digest that it lacks', async () => {
  await using layout = await written();
  await using empty = await createDirectory({});
  const digest = layout.image.imageId;

  expect(await layout.client.getImage(layoutReference(empty.path))).toBeUndefined();
  expect(await layout.client.getImage({ ...layoutReference(layout.path), digest })).toBeUndefined();
});

test('refuses to write among other files, and keeps them', async () => {
  await using directory = await createDirectory({ 'precious.txt': 'mine' });
  await using client = impatientClient();

  const writing = client.push(imageFrom(layerOf('one')), layoutReference(directory.path));

  await expectCode(writing, 'LAYOUT_INVALID', 'precious.txt');
  expect(await readdir(directory.path)).toEqual(['precious.txt']);
});

test('keeps the old image until the new one is complete', async () => {
  await using layout = await written();
  const broken = { ...layerOf('other bytes'), diffId: layerOf('three').diffId };

  await expectCode(layout.client.push(imageFrom(broken), layoutReference(layout.path)), 'FILE_CHANGED');

  expect(await layout.read()).toMatchObject({ imageId: layout.image.imageId });
  expect(await readdir(join(layout.path, 'blobs'))).toEqual(['sha256']);
});

test('replaces a damaged blob', async () => {
  await using layout = await written();
  const digest = layout.result.blobs[0]!.digest;
  await writeFile(layout.blob(digest), 'damaged');

  const again = await layout.client.push(layout.image, layoutReference(layout.path));

  expect(again.blobs.filter(({ outcome }) => outcome === 'sent').map((blob) => blob.digest)).toEqual([digest]);
});

type Written = Awaited<ReturnType<typeof written>>;

test.each<[what: string, spoil: (layout: Written) => Promise<unknown>, code: string, text: string]>([
  [
    'a link as index.json',
    async ({ path }) => {
      await rename(join(path, 'index.json'), join(path, 'other.json'));
      await symlink('other.json', join(path, 'index.json'));
    },
    'LAYOUT_INVALID',
    'is a link',
  ],
  [
    'a link as directory of blobs',
    async ({ path }) => {
      await rename(join(path, 'blobs'), join(path, 'elsewhere'));
      await symlink('elsewhere', join(path, 'blobs'));
    },
    'LAYOUT_INVALID',
    "isn't a directory",
  ],
  [
    'a pipe as manifest',
    async ({ blob, result }) => {
      await rm(blob(result.manifestDigest));
      await run('mkfifo', [blob(result.manifestDigest)]);
    },
    'LAYOUT_INVALID',
    "isn't a regular file",
  ],
  [
    'a directory as config',
    async ({ blob, image }) => {
      await rm(blob(image.imageId));
      await mkdir(blob(image.imageId));
    },
    'LAYOUT_INVALID',
    "isn't a regular file",
  ],
  [
    'another file as manifest',
    async ({ blob, result, image }) => {
      await rm(blob(result.manifestDigest));
      await link(blob(image.imageId), blob(result.manifestDigest));
    },
    'DIGEST_MISMATCH',
    'is damaged',
  ],
  ['a missing config', ({ blob, image }) => rm(blob(image.imageId)), 'LAYOUT_INVALID', 'has no blob'],
  ['no oci-layout', ({ path }) => rm(join(path, 'oci-layout')), 'LAYOUT_INVALID', 'no file oci-layout'],
  ['no index.json', ({ path }) => rm(join(path, 'index.json')), 'LAYOUT_INVALID', 'no file index.json'],
  [
    'a large index.json',
    ({ path }) => truncate(join(path, 'index.json'), 5 * 1024 * 1024),
    'LAYOUT_INVALID',
    'larger than 4194304 bytes',
  ],
  ['no JSON', ({ path }) => writeFile(join(path, 'index.json'), '{'), 'LAYOUT_INVALID', "isn't a JSON object"],
  [
    'another version',
    ({ path }) => writeFile(join(path, 'oci-layout'), '{"imageLayoutVersion":"2.0.0"}'),
    'LAYOUT_INVALID',
    'its version is "2.0.0"',
  ],
  [
    'a digest that is a path',
    ({ path }) =>
      edit(join(path, 'index.json'), (index) => ({
        ...index,
        manifests: [{ mediaType: mediaTypes.ociManifest, size: 5, digest: 'sha256:../../../etc/passwd' }],
      })),
    'MANIFEST_INVALID',
    'no sha256 digest',
  ],
])('refuses a hostile layout with %s', async (_, spoil, code, text) => {
  await using layout = await written();
  await spoil(layout);

  await expectCode(layout.read(), code as never, text);
});

test('refuses a hostile layer while it is pushed', async () => {
  await using layout = await written();
  await using registry = await startRegistry();
  const image = (await layout.read())!;
  const [layer] = image.manifest.layers;
  const bytes = await readFile(layout.blob(layer!.digest));
  bytes[bytes.length - 1]! ^= 1;
  await writeFile(layout.blob(layer!.digest), bytes);

  const pushing = layout.client.push(
    { ...image, layers: storedLayers(image) },
    { registry: registry.name, repository: 'shop/web', tag: 'latest' },
  );

  await expectCode(pushing, 'DIGEST_MISMATCH', 'is damaged');
  expect(registry.count('PUT manifest')).toBe(0);
});
