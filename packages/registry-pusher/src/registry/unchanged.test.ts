import { expect, test } from 'vitest';
import { imageFrom, layerOf } from '../testing/images.ts';
import { impatientClient } from '../testing/impatient.ts';
import { startRegistry } from '../testing/registry.ts';

const image = imageFrom(layerOf('a layer'));

test('an image that the tag is known to hold is not sent, and nothing is asked', async () => {
  await using registry = await startRegistry();
  await using client = impatientClient();
  const target = { registry: registry.name, repository: 'shop/web', tag: '1' };
  const first = await client.push(image, target);
  const current = (await client.getImage(target))!;
  const asked = registry.calls.length;

  const same = { ...image, layers: first.layers };
  const again = await client.push(same, target, { current });
  expect(registry.calls).toHaveLength(asked);
  expect(again).toEqual({
    ...first,
    sentBytes: 0,
    reusedBytes: first.sentBytes,
    blobs: expect.arrayContaining(first.blobs.map((blob) => ({ ...blob, outcome: 'present' }))),
  });
});

test.each([
  ['another format', { format: 'oci' }],
  ['another tag', { tags: ['2'] }],
] as const)('with %s it is pushed', async (_, options) => {
  await using registry = await startRegistry();
  await using client = impatientClient();
  const target = { registry: registry.name, repository: 'shop/web', tag: '1' };
  const { layers } = await client.push(image, target);
  const current = (await client.getImage(target))!;
  await client.push({ ...image, layers }, target, { ...options, current });
  expect(registry.count('PUT manifest')).toBeGreaterThan(1);
});

test('in another repository it is pushed', async () => {
  await using registry = await startRegistry();
  await using client = impatientClient();
  const target = { registry: registry.name, repository: 'shop/web', tag: '1' };
  const { layers } = await client.push(image, target);
  const current = (await client.getImage(target))!;
  await client.push({ ...image, layers }, { ...target, repository: 'shop/other' }, { current });
  expect(registry.manifests.has('shop/other:1')).toBe(true);
});
