import { expect, test } from 'vitest';
import { imageFrom, layerOf } from '../../testing/images.ts';
import { impatientClient } from '../../testing/impatient.ts';
import { startRegistry } from '../../testing/registry.ts';

const image = imageFrom(layerOf('a layer'));

test('sends no request for the image that the tag is known to point to', async () => {
  await using registry = await startRegistry();
  await using client = impatientClient();
  const target = { registry: registry.name, repository: 'shop/web', tag: '1' };
  const first = await client.push(image, target);
  const current = (await client.getImage(target))!;
  const before = registry.calls.length;

  const same = { ...image, layers: first.layers };
  const again = await client.push(same, target, { current });
  expect(registry.calls).toHaveLength(before);
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
] as const)('pushes with %s', async (_, options) => {
  await using registry = await startRegistry();
  await using client = impatientClient();
  const target = { registry: registry.name, repository: 'shop/web', tag: '1' };
  const { layers } = await client.push(image, target);
  const current = (await client.getImage(target))!;
  await client.push({ ...image, layers }, target, { ...options, current });
  expect(registry.count('PUT manifest')).toBeGreaterThan(1);
});

test('pushes with other annotations', async () => {
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

test('pushes to another repository or registry, and assumes no blob there', async () => {
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

test("doesn't check blobs of the image that the tag points to", async () => {
  await using made = await pushedBase();
  const before = made.registry.calls.length;
  const { blobs } = await made.client.push(made.next, made.target, { current: made.current });
  const checks = made.registry.calls.slice(before).filter(({ what }) => what === 'HEAD blob');
  expect(checks).toHaveLength(2);
  expect(blobs.map(({ outcome }) => outcome).toSorted()).toEqual(['present', 'sent', 'sent']);
});

test("resends a blob of the tag's image that the registry reports missing (fault 25, registry-pusher)", async () => {
  await using made = await pushedBase();
  const { descriptor } = made.shared;
  made.registry.blobs.delete(`shop/web@${descriptor.digest}`);
  const layers = [image.layers[0]!, made.next.layers[1]!];
  const { blobs } = await made.client.push({ ...made.next, layers }, made.target, { current: made.current });
  expect(blobs).toContainEqual({ digest: descriptor.digest, size: descriptor.size, outcome: 'sent' });
  expect(made.registry.manifests.has('shop/web:1')).toBe(true);
});
