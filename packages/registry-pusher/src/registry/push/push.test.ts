import { existsSync, readdirSync, readlinkSync } from 'node:fs';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { mediaTypes } from '../../image/descriptor.ts';
import { digestOf } from '../../image/digest.ts';
import { storedLayers } from '../../image/image.ts';
import { imageFrom, incompressible, layerOf, putOciImage } from '../../testing/images.ts';
import { impatientClient } from '../../testing/impatient.ts';
import { respond, readBody, refuse, startRegistry } from '../../testing/registry.ts';
import type { PushProgress } from '../client/client.ts';

const latest = (registry: { name: string }, repository = 'shop/web') => ({
  registry: registry.name,
  repository,
  tag: 'latest',
});

test('fails when the registry stored the manifest under another digest (fault 22, registry-pusher)', async () => {
  await using registry = await startRegistry({
    misbehave: async (call) => {
      if (call.what !== 'PUT manifest') return false;
      await readBody(call);
      respond(call, 201, { 'docker-content-digest': digestOf('another') });
      return true;
    },
  });
  await using client = impatientClient();

  await expect(client.push(imageFrom(layerOf('one')), latest(registry))).rejects.toMatchObject({
    code: 'DIGEST_MISMATCH',
    message: expect.stringContaining(digestOf('another')),
  });
});

test('detects a changed manifest by reading it back (fault 24, registry-pusher)', async () => {
  await using registry = await startRegistry({
    misbehave: async (call) => {
      if (call.what !== 'PUT manifest') return false;
      const spaced = JSON.stringify(JSON.parse((await readBody(call)).toString()), undefined, 2);
      registry.manifests.set('shop/web:latest', { type: mediaTypes.dockerManifest, bytes: Buffer.from(spaced) });
      respond(call, 201);
      return true;
    },
  });
  await using client = impatientClient();

  await expect(client.push(imageFrom(layerOf('one')), latest(registry))).rejects.toMatchObject({
    code: 'DIGEST_MISMATCH',
  });
});

test('fails before the manifest when a blob was stored under another digest (fault 22, registry-pusher)', async () => {
  await using registry = await startRegistry({
    misbehave: async (call) => {
      if (call.what !== 'PUT upload') return false;
      await readBody(call);
      respond(call, 201, { 'docker-content-digest': digestOf('another') });
      return true;
    },
  });
  await using client = impatientClient();

  await expect(client.push(imageFrom(layerOf('one')), latest(registry))).rejects.toMatchObject({
    code: 'DIGEST_MISMATCH',
  });
  expect(registry.count('PUT manifest')).toBe(0);
});

test('fails when the registry accepted the manifest and lost it (fault 23, registry-pusher)', async () => {
  await using registry = await startRegistry({
    misbehave: (call) => {
      if (call.what !== 'GET manifest') return false;
      refuse(call, 404, 'MANIFEST_UNKNOWN');
      return true;
    },
  });
  await using client = impatientClient();

  await expect(client.push(imageFrom(layerOf('one')), latest(registry))).rejects.toMatchObject({
    code: 'DIGEST_MISMATCH',
    message: expect.stringContaining("doesn't have it"),
  });
});

test('verifies a push to a registry without digest headers (fault 23, registry-pusher)', async () => {
  await using registry = await startRegistry({ namesDigests: false });
  await using client = impatientClient();

  const { manifestDigest } = await client.push(imageFrom(layerOf('one')), latest(registry));

  expect(registry.manifests.has(`shop/web:${manifestDigest}`)).toBe(true);
  expect(registry.calls.at(-1)?.what).toBe('GET manifest');
});

test('reports its own image after another push to the same tag (fault 32, registry-pusher)', async () => {
  await using registry = await startRegistry({
    misbehave: async (call) => {
      if (call.what === 'GET manifest')
        registry.putManifest('shop/web', 'latest', mediaTypes.dockerManifest, { another: 'image' });
      return false;
    },
  });
  await using client = impatientClient();
  const image = imageFrom(layerOf('one'));

  const pushed = await client.push(image, latest(registry));

  expect(pushed.imageId).toBe(image.imageId);
  expect(registry.manifests.get('shop/web:latest')?.bytes.toString()).toBe('{"another":"image"}');
});

test('pushes to a tag of another image (fault 19, registry-pusher)', async () => {
  await using registry = await startRegistry();
  await using client = impatientClient();
  const other = await client.push(imageFrom(layerOf('another')), latest(registry));

  const pushed = await client.push(imageFrom(layerOf('this one')), latest(registry));

  expect(pushed.manifestDigest).not.toBe(other.manifestDigest);
  expect((await client.getImage(latest(registry)))?.imageId).toBe(pushed.imageId);
});

test('resends a blob that the registry reports missing at the end, once (fault 25, registry-pusher)', async () => {
  const misses = (times: number) =>
    startRegistry({
      misbehave: async (call) => {
        if (call.what !== 'PUT manifest' || call.before >= times) return false;
        await readBody(call);
        refuse(call, 404, 'MANIFEST_BLOB_UNKNOWN');
        return true;
      },
    });
  await using once = await misses(1);
  await using always = await misses(99);
  await using client = impatientClient();
  const image = imageFrom(layerOf('one'));

  await client.push(image, latest(once));
  await expect(client.push(image, latest(always))).rejects.toMatchObject({ code: 'REGISTRY_DENIED' });

  expect(once.count('HEAD blob')).toBe(4);
  expect(always.count('PUT manifest')).toBe(2);
});

test("rejects a reference with another digest than the image's before the manifest", async () => {
  await using registry = await startRegistry();
  await using client = impatientClient();
  const target = { registry: registry.name, repository: 'shop/web', digest: digestOf('another') };

  await expect(client.push(imageFrom(layerOf('one')), target)).rejects.toMatchObject({ code: 'DIGEST_MISMATCH' });
  expect(registry.count('PUT manifest')).toBe(0);
});

test.for([
  ["whose config doesn't list its layers", { layers: [layerOf('two')] }],
  ["whose ID isn't its config's digest", { imageId: digestOf('another') }],
] as const)('rejects an image %s before any request', async ([, wrong]) => {
  await using registry = await startRegistry();
  await using client = impatientClient();
  const image = { ...imageFrom(layerOf('one')), ...wrong };

  await expect(client.push(image, latest(registry))).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
  expect(registry.calls).toEqual([]);
});

test('fails before the manifest when files change during the push', async () => {
  await using registry = await startRegistry();
  await using client = impatientClient();
  const layer = { ...layerOf('described'), tar: () => Readable.from([Buffer.from('read')]) };

  await expect(client.push(imageFrom(layer), latest(registry))).rejects.toMatchObject({ code: 'FILE_CHANGED' });
  expect(registry.count('PUT manifest')).toBe(0);
});

/** Returns the open files of this process that have no name. */
function namelessFiles(): string[] {
  return readdirSync('/proc/self/fd').flatMap((descriptor) => {
    try {
      const path = readlinkSync(`/proc/self/fd/${descriptor}`);
      return path.endsWith(' (deleted)') ? [path] : [];
    } catch {
      return [];
    }
  });
}

test.skipIf(!existsSync('/proc/self/fd'))('leaves no file open after a push, whether or not it succeeds', async () => {
  await using registry = await startRegistry();
  await using client = impatientClient();
  const before = namelessFiles();
  const changed = { ...layerOf('described'), tar: () => Readable.from([Buffer.from('read')]) };

  await client.push(imageFrom(layerOf('one'), layerOf('two')), latest(registry));
  await expect(client.push(imageFrom(layerOf('three'), changed), latest(registry))).rejects.toMatchObject({
    code: 'FILE_CHANGED',
  });

  expect(namelessFiles()).toEqual(before);
});

test('stops when canceled, and says so', async () => {
  const controller = new AbortController();
  await using registry = await startRegistry({
    misbehave: (call) => {
      if (call.what !== 'PUT upload') return false;
      controller.abort();
      return true;
    },
  });
  await using client = impatientClient();

  const push = client.push(imageFrom(incompressible(100_000)), latest(registry), { signal: controller.signal });

  await expect(push).rejects.toMatchObject({ code: 'ABORTED' });
  expect(registry.count('PUT manifest')).toBe(0);
});

test('round-trips an image in Docker schema 2 (fault 11, registry-pusher)', async () => {
  await using registry = await startRegistry();
  await using client = impatientClient();
  const image = imageFrom(layerOf('one'), layerOf('two'));

  expect(await client.getImage(latest(registry))).toBeUndefined();
  const pushed = await client.push(image, latest(registry));
  const read = await client.getImage(latest(registry));

  expect(read).toMatchObject({ imageId: image.imageId, manifestDigest: pushed.manifestDigest, config: image.config });
  expect(registry.manifests.get('shop/web:latest')?.type).toBe(mediaTypes.dockerManifest);
  expect(storedLayers(read!)).toEqual(pushed.layers);
});

test("doesn't resend blobs that the repository has", async () => {
  await using registry = await startRegistry();
  await using client = impatientClient();
  const image = imageFrom(layerOf('one'));
  const first = await client.push(image, latest(registry));

  const second = await client.push(image, latest(registry));

  expect(second).toMatchObject({ sentBytes: 0, reusedBytes: first.sentBytes, manifestDigest: first.manifestDigest });
  expect(registry.count('POST upload')).toBe(2);
});

test('sends a layer that an image contains twice once (fault 29, registry-pusher)', async () => {
  await using registry = await startRegistry();
  await using client = impatientClient();

  const pushed = await client.push(imageFrom(layerOf('same'), layerOf('same')), latest(registry));

  expect(pushed.blobs).toHaveLength(2);
  expect(pushed.layers).toHaveLength(2);
  expect(registry.count('PUT upload')).toBe(2);
});

test('uploads at most four of thirty layers at once (fault 28, registry-pusher)', async () => {
  // Each upload waits for the others, then a little longer: a fifth one would be counted.
  await using registry = await startRegistry({
    misbehave: async ({ what }) => {
      if (what !== 'PUT upload') return false;
      for (let polls = 0; polls < 200 && registry.mostUploadsAtOnce < 4; polls++) await sleep(10);
      await sleep(10);
      return false;
    },
  });
  await using client = impatientClient();
  const layers = Array.from({ length: 30 }, (_, index) => layerOf(`layer ${index}`));

  const pushed = await client.push(imageFrom(...layers), latest(registry));

  expect(pushed.blobs.every(({ outcome }) => outcome === 'sent')).toBe(true);
  expect(registry.mostUploadsAtOnce).toBe(4);
});

test('reports the bytes sent, up to the total', async () => {
  await using registry = await startRegistry();
  await using client = impatientClient();
  const seen: PushProgress[] = [];

  const { sentBytes } = await client.push(imageFrom(incompressible(500_000), layerOf('two')), latest(registry), {
    onProgress: (progress) => seen.push(progress),
  });

  const received = registry.calls
    .filter(({ what }) => what === 'PUT upload')
    .reduce((sum, call) => sum + call.received, 0);
  expect(sentBytes).toBe(received);
  expect(seen.at(-1)).toEqual({ sentBytes, totalBytes: sentBytes });
  expect(seen.length).toBeGreaterThan(4);
  expect(seen.map((progress) => progress.sentBytes)).toEqual(
    seen.map((progress) => progress.sentBytes).sort((a, b) => a - b),
  );
});

test("doesn't recompress layers of a base in another registry", async () => {
  await using hub = await startRegistry();
  await using registry = await startRegistry();
  await using client = impatientClient();
  const { manifest } = putOciImage(hub, 'library/node', '20', { contents: ['base 1', 'base 2'] });
  const base = await client.getImage({ registry: hub.name, repository: 'library/node', tag: '20' });

  const pushed = await client.push(imageFrom(...storedLayers(base!), layerOf('app')), latest(registry));

  expect(pushed.layers.slice(0, 2).map(({ descriptor }) => descriptor)).toEqual(
    manifest.layers.map((layer) => ({ ...layer, mediaType: mediaTypes.dockerLayerGzip })),
  );
  expect(pushed.blobs.map(({ outcome }) => outcome)).toEqual(['sent', 'sent', 'sent', 'sent']);
});

test('mounts the layers that a second image shares with the first (fault 21, registry-pusher)', async () => {
  await using registry = await startRegistry();
  await using client = impatientClient();
  const web = imageFrom(layerOf('one'), layerOf('two'));
  const { layers } = await client.push(web, latest(registry));

  const pushed = await client.push(imageFrom(...layers), latest(registry, 'shop/worker'));

  expect(pushed.blobs.map(({ outcome }) => outcome)).toEqual(['mounted', 'mounted', 'sent']);
  expect(registry.count('PUT upload')).toBe(3 + 1);
  expect(pushed.reusedBytes).toBe(layers.reduce((sum, { descriptor }) => sum + descriptor.size, 0));
});

test.for([202, 401, 403, 404, 500])(
  'sends the layer when a mount fails with %i (fault 21, registry-pusher)',
  async (status) => {
    await using registry = await startRegistry({
      mounts: false,
      misbehave: (call) => {
        if (status === 202 || !call.url.searchParams.has('mount')) return false;
        refuse(call, status, 'DENIED');
        return true;
      },
    });
    await using client = impatientClient();
    const { layers } = await client.push(imageFrom(layerOf('one')), latest(registry));
    const opened = registry.count('POST upload');

    const pushed = await client.push(imageFrom(...layers), latest(registry, 'shop/worker'));

    expect(pushed.blobs.map(({ outcome }) => outcome)).toEqual(['sent', 'sent']);
    expect(registry.count('POST upload') - opened).toBe(status === 202 ? 2 : 3);
  },
);

test('fails when a mount refers to an unsafe host (fault 13, registry-pusher)', async () => {
  await using registry = await startRegistry({
    misbehave: (call) => {
      if (!call.url.searchParams.has('mount')) return false;
      respond(call, 307, { location: 'https://169.254.169.254/' });
      return true;
    },
  });
  await using client = impatientClient();
  const { layers } = await client.push(imageFrom(layerOf('one')), latest(registry));

  await expect(client.push(imageFrom(...layers), latest(registry, 'shop/worker'))).rejects.toMatchObject({
    code: 'REFERRAL_REFUSED',
  });
});
