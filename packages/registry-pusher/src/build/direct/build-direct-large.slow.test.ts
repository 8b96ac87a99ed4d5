import { rename, truncate } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import type { Layer } from '../../image/image.ts';
import { listing } from '../../testing/layer-files.ts';
import { project } from '../../testing/project.ts';

test('keeps the bytes of a large layer, whatever happens to its files after the build', async () => {
  await using shop = await project('FROM scratch\nCOPY a /\n', { a: '' });
  await truncate(shop.file('a'), 49 * 1024 * 1024);
  const built = await shop.build();
  await shop.write({ b: 'two' });
  await rename(shop.file('b'), shop.file('a'));
  expect(await listing(built)).toHaveLength(1);
  await built.close();
});

test('keeps no large layers in memory', async () => {
  const mebibyte = 1024 * 1024;
  await using shop = await project('FROM scratch\nCOPY a /\nCOPY b /\nCOPY c /\n', { a: '', b: '', c: '' });
  await truncate(shop.file('a'), 40 * mebibyte);
  await truncate(shop.file('b'), 9 * mebibyte);
  await truncate(shop.file('c'), 8 * mebibyte);
  const { image, close } = await shop.build();
  await close();
  const isHere = async (layer: Layer) =>
    layer.kind === 'blob' &&
    buffer(layer.blob.open()).then(
      () => true,
      () => false,
    );
  // What was in a file is gone, what is in memory isn't.
  expect(await Promise.all(image.layers.map(isHere))).toEqual([true, false, true]);
});
