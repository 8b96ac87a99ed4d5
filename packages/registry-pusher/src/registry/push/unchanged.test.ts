import { expect, test } from 'vitest';
import { imageFrom, layerOf } from '../../testing/images.ts';
import { impatientClient } from '../../testing/impatient.ts';
import { startRegistry } from '../../testing/registry.ts';

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

test('with other annotations it is pushed', async () => {
  await using registry = await startRegistry();
  await using client = impatientClient();
  const target = { registry: registry.name, repository: 'shop/web', tag: '1' };
  const { layers } = await client.push(image, target, { format: 'oci', annotations: { a: '1' } });
  const current = (await client.getImage(target))!;
  const annotated = (a: string) =>
    client.push({ ...image, layers }, target, { format: 'oci', annotations: { a }, current });
  await annotated('1');
  expect(registry.count('PUT manifest')).toBe(1);
  await annotated('2');
  expect(registry.count('PUT manifest')).toBe(2);
});

test('in another repository or registry it is pushed, and nothing is taken to be there', async () => {
  await using registry = await startRegistry();
  await using other = await startRegistry();
  await using client = impatientClient();
  const target = { registry: registry.name, repository: 'shop/web', tag: '1' };
  const { layers } = await client.push(image, target);
  const current = (await client.getImage(target))!;
  await client.push({ ...image, layers }, { ...target, repository: 'shop/other' }, { current });
  expect(registry.manifests.has('shop/other:1')).toBe(true);
  expect(registry.count('PUT manifest')).toBe(2);
  await client.push({ ...image, layers }, { ...target, registry: other.name }, { current });
  expect(other.count('PUT manifest')).toBe(1);
});

async function pushedBase() {
  const registry = await startRegistry();
  const client = impatientClient();
  const target = { registry: registry.name, repository: 'shop/web', tag: '1' };
  const { layers } = await client.push(image, target);
  const next = imageFrom(layerOf('a layer'), layerOf('and one more'));
  const current = (await client.getImage(target))!;
  return {
    registry,
    client,
    target,
    current,
    shared: layers[0]!,
    next: { ...next, layers: [layers[0]!, next.layers[1]!] },
    async [Symbol.asyncDispose]() {
      await client.close();
      await registry[Symbol.asyncDispose]();
    },
  };
}

test('of another image, what the tag holds is not looked for again', async () => {
  await using made = await pushedBase();
  const asked = made.registry.calls.length;
  const { blobs } = await made.client.push(made.next, made.target, { current: made.current });
  const looked = made.registry.calls.slice(asked).filter(({ what }) => what === 'HEAD blob');
  expect(looked).toHaveLength(2);
  expect(blobs.map(({ outcome }) => outcome).toSorted()).toEqual(['present', 'sent', 'sent']);
});

test('a registry that misses what its tag names is believed, and gets it again (fault 25)', async () => {
  await using made = await pushedBase();
  const { descriptor } = made.shared;
  made.registry.blobs.delete(`shop/web@${descriptor.digest}`);
  const layers = [image.layers[0]!, made.next.layers[1]!];
  const { blobs } = await made.client.push({ ...made.next, layers }, made.target, { current: made.current });
  expect(blobs).toContainEqual({ digest: descriptor.digest, size: descriptor.size, outcome: 'sent' });
  expect(made.registry.manifests.has('shop/web:1')).toBe(true);
});
