import { expect, test } from 'vitest';
import type { Image, StoredLayer } from '../../image/image.ts';
import { storedLayers } from '../../image/image.ts';
import { createDirectory } from '../../testing/directory.ts';
import { imageFrom, layerOf } from '../../testing/images.ts';
import { impatientClient } from '../../testing/impatient.ts';
import { type MemoryRegistry, refuse, type RegistryOptions, startRegistry } from '../../testing/registry.ts';
import { layoutReference } from '../../image/reference.ts';

const at = ({ name }: MemoryRegistry, repository = 'shop/web') => ({ registry: name, repository, tag: 'latest' });
const layers = ['one', 'two'].map(layerOf);

/** Pushes an image, and returns it as a build that reuses its layers would, with the registry's notes. */
async function reusedFrom(options: RegistryOptions = {}) {
  const registry = await startRegistry(options);
  const client = impatientClient();
  await client.push(imageFrom(...layers), at(registry));
  const current = (await client.getImage(at(registry)))!;
  const reused = storedLayers(current).map((layer, index): StoredLayer => ({
    ...layer,
    remake: async () => layers[index]!,
  }));
  const notes: string[] = [];
  return {
    registry,
    client,
    current,
    image: { ...imageFrom(...layers), layers: reused } satisfies Image,
    notes,
    onNote: (line: string) => notes.push(line),
    [Symbol.asyncDispose]: async () => {
      await client.close();
      await registry[Symbol.asyncDispose]();
    },
  };
}

function forget(registry: MemoryRegistry, image: Image, index: number, repository = 'shop/web') {
  const { digest } = (image.layers[index] as StoredLayer).descriptor;
  expect(registry.blobs.delete(`${repository}@${digest}`)).toBe(true);
  return digest;
}

test('makes a reused layer again that its own repository lost (fault 132, registry-pusher)', async () => {
  await using push = await reusedFrom();
  const digest = forget(push.registry, push.image, 1);

  const pushed = await push.client.push(push.image, at(push.registry), { onNote: push.onNote });

  expect(pushed.imageId).toBe(push.image.imageId);
  expect(pushed.blobs.map(({ outcome }) => outcome)).toEqual(['present', 'sent', 'present']);
  expect(push.notes).toEqual([
    expect.stringMatching(/^Made the layer \w+ again, .*127\.0\.0\.1:\d+\/shop\/web: .*BLOB_UNKNOWN/),
  ]);
  expect(push.registry.blobs.has(`shop/web@${digest}`)).toBe(true);
});

test('makes a layer again that the registry reports only for the manifest (fault 132, registry-pusher)', async () => {
  await using push = await reusedFrom();
  forget(push.registry, push.image, 0);

  // Under another tag the push isn't unchanged, and counts on the blobs of the image that it has just read.
  const pushed = await push.client.push(push.image, at(push.registry), {
    current: push.current,
    tags: ['other'],
    onNote: push.onNote,
  });

  expect(pushed.blobs.filter(({ outcome }) => outcome === 'sent')).toHaveLength(1);
  expect(push.notes).toHaveLength(1);
  expect(push.registry.manifests.has('shop/web:other')).toBe(true);
});

test.each<[title: string, misbehave: NonNullable<RegistryOptions['misbehave']>]>([
  ['is gone', () => false],
  ["isn't allowed to read", (call) => call.what === 'GET blob' && (refuse(call, 403, 'DENIED'), true)],
  ['serves damaged', (call) => call.what === 'GET blob' && (call.response.end(Buffer.alloc(99)), true)],
])('makes a layer again that another repository %s (fault 132, registry-pusher)', async (title, misbehave) => {
  let isSpoiled = false;
  await using push = await reusedFrom({
    mounts: false,
    misbehave: (call, registry) => isSpoiled && misbehave(call, registry),
  });
  if (title === 'is gone') for (const index of [0, 1]) forget(push.registry, push.image, index);
  isSpoiled = true;

  const pushed = await push.client.push(push.image, at(push.registry, 'other/web'), { onNote: push.onNote });

  expect(pushed.imageId).toBe(push.image.imageId);
  expect(push.notes).toHaveLength(2);
  const manifest = JSON.parse(push.registry.manifests.get('other/web:latest')!.bytes.toString()) as {
    layers: unknown[];
  };
  expect(manifest.layers).toHaveLength(2);
});

test('writes a layout in spite of a lost layer (fault 132, registry-pusher)', async () => {
  await using push = await reusedFrom();
  await using directory = await createDirectory({});
  forget(push.registry, push.image, 1);

  const written = await push.client.push(push.image, layoutReference(directory.path), { onNote: push.onNote });

  expect(written.imageId).toBe(push.image.imageId);
  expect(push.notes).toHaveLength(1);
});

test('fails on a lost layer that is only there', async () => {
  await using push = await reusedFrom();
  forget(push.registry, push.image, 1);
  const image = { ...push.image, layers: push.image.layers.map(({ remake: _, ...layer }) => layer) };

  await expect(push.client.push(image, at(push.registry))).rejects.toMatchObject({
    message: expect.stringContaining('BLOB_UNKNOWN') as string,
  });
});

test('a canceled push makes nothing again', async () => {
  const stop = new AbortController();
  await using push = await reusedFrom({
    misbehave: (call) => {
      if (call.what === 'GET blob' && call.url.pathname.includes('shop/web')) stop.abort();
      return false;
    },
    mounts: false,
  });
  const pushing = push.client.push(push.image, at(push.registry, 'other/web'), {
    signal: stop.signal,
    onNote: push.onNote,
  });

  await expect(pushing).rejects.toMatchObject({ code: 'ABORTED' });
  expect(push.notes).toEqual([]);
});
