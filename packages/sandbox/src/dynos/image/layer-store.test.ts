import { readdir, readFile, rm, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { imageOf, type TestImage } from '../../testing/images.ts';
import { temporaryDirectory } from '../../testing/temporary-directory.ts';
import { LayerStore } from './layer-store.ts';
import { layersOf } from './unpack.ts';

const directoryOf = ({ pushed }: TestImage): string => layersOf(pushed)[0]!.diffId.replace(':', '-');

async function storeOf(images: readonly TestImage[], dir: string) {
  const opened: string[] = [];
  const store = new LayerStore(dir, (digest) => {
    opened.push(digest);
    return images.find(({ blobs }) => blobs.has(digest))!.openBlob(digest);
  });
  await store.adopt();
  return { store, opened };
}

test('reads a layer once for concurrent requests', async () => {
  await using directory = await temporaryDirectory();
  const image = await imageOf([[{ name: 'a', content: 'a' }]]);
  const { store, opened } = await storeOf([image], directory.path);
  const [layer] = layersOf(image.pushed);
  const [first, second] = await Promise.all([store.get(layer!), store.get(layer!)]);
  expect(await readFile(first.contentPath(0), 'utf8')).toBe('a');
  expect(second).toBe(first);
  expect(opened).toHaveLength(1);
});

test('rereads a layer with missing files', async () => {
  await using directory = await temporaryDirectory();
  const image = await imageOf([[{ name: 'a', content: 'a' }]]);
  for (let round = 0; round < 2; round++) {
    const { store, opened } = await storeOf([image], directory.path);
    const layer = await store.get(layersOf(image.pushed)[0]!);
    expect(await readFile(layer.contentPath(0), 'utf8')).toBe('a');
    expect(opened).toHaveLength(1);
    await rm(join(directory.path, directoryOf(image), 'entries.json'));
  }
});

test('keeps the last 24 unused layers', async () => {
  await using directory = await temporaryDirectory();
  const images = await Promise.all(Array.from({ length: 27 }, (_, index) => imageOf([[{ name: `layer-${index}` }]])));
  const { store } = await storeOf(images, directory.path);
  for (const [index, image] of images.entries()) {
    await store.get(layersOf(image.pushed)[0]!);
    await utimes(join(directory.path, directoryOf(image)), index + 1, index + 1);
  }
  await store.get(layersOf(images[1]!.pushed)[0]!);
  await store.prune((diffId) => diffId === layersOf(images[0]!.pushed)[0]!.diffId);
  const kept = images.filter((_, index) => index < 2 || index > 3).map(directoryOf);
  expect((await readdir(directory.path)).sort()).toEqual(kept.sort());
});

test('prunes twice at the same time, and unpacks a layer again that is used meanwhile', async () => {
  await using directory = await temporaryDirectory();
  const images = await Promise.all(
    Array.from({ length: 32 }, (_, index) => imageOf([[{ name: 'a', content: `${index}` }]])),
  );
  const { store } = await storeOf(images, directory.path);
  for (const [index, image] of images.entries()) {
    await store.get(layersOf(image.pushed)[0]!);
    await utimes(join(directory.path, directoryOf(image)), index + 1, index + 1);
  }
  const inUse = new Set<string>();
  const use = async (image: TestImage): Promise<string> => {
    const [layer] = layersOf(image.pushed);
    inUse.add(layer!.diffId);
    const stored = await store.get(layer!);
    return await readFile(stored.contentPath(0), 'utf8');
  };
  const prunes = [store.prune((diffId) => inUse.has(diffId)), store.prune((diffId) => inUse.has(diffId))];
  const contents: Promise<string>[] = [];
  for (const image of images.slice(0, 8)) {
    contents.push(use(image));
    await new Promise(setImmediate);
  }
  await Promise.all(prunes);
  expect(await Promise.all(contents)).toEqual(['0', '1', '2', '3', '4', '5', '6', '7']);
});
