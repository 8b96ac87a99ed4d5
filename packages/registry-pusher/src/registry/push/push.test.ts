import { existsSync, readdirSync, readlinkSync } from 'node:fs';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { mediaTypes } from '../../image/descriptor.ts';
import { digestOf } from '../../image/digest.ts';
import { storedLayers } from '../../image/image.ts';
import { imageFrom, incompressible, layerOf, putOciImage } from '../../testing/images.ts';
import { impatientClient } from '../../testing/impatient.ts';
import { answer, readBody, refuse, startRegistry } from '../../testing/registry.ts';
import type { PushProgress } from '../client/client.ts';

const latest = (registry: { name: string }, repository = 'shop/web') => ({
  registry: registry.name,
  repository,
  tag: 'latest',
});

test('a registry that stored the manifest under another digest fails the push (fault 22)', async () => {
  await using registry = await startRegistry({
    misbehave: async (call) => {
      if (call.what !== 'PUT manifest') return false;
      await readBody(call);
      answer(call, 201, { 'docker-content-digest': digestOf('another') });
      return true;
    },
  });
  await using client = impatientClient();

  await expect(client.push(imageFrom(layerOf('one')), latest(registry))).rejects.toMatchObject({
    code: 'DIGEST_MISMATCH',
    message: expect.stringContaining(digestOf('another')),
  });
});

test('a manifest that was stored in other bytes is found out by reading it back (fault 24)', async () => {
  await using registry = await startRegistry({
    misbehave: async (call) => {
      if (call.what !== 'PUT manifest') return false;
      const spaced = JSON.stringify(JSON.parse((await readBody(call)).toString()), undefined, 2);
      registry.manifests.set('shop/web:latest', { type: mediaTypes.dockerManifest, bytes: Buffer.from(spaced) });
      answer(call, 201);
      return true;
    },
  });
  await using client = impatientClient();

  await expect(client.push(imageFrom(layerOf('one')), latest(registry))).rejects.toMatchObject({
    code: 'DIGEST_MISMATCH',
  });
});

test('a blob that was stored under another digest fails the push before its manifest (fault 22)', async () => {
  await using registry = await startRegistry({
    misbehave: async (call) => {
      if (call.what !== 'PUT upload') return false;
      await readBody(call);
      answer(call, 201, { 'docker-content-digest': digestOf('another') });
      return true;
    },
  });
  await using client = impatientClient();

  await expect(client.push(imageFrom(layerOf('one')), latest(registry))).rejects.toMatchObject({
    code: 'DIGEST_MISMATCH',
  });
  expect(registry.count('PUT manifest')).toBe(0);
});

test('a manifest that is taken and then not there fails the push (fault 23)', async () => {
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
    message: expect.stringContaining('is not there'),
  });
});

test('a push is verified where the registry names no digests (fault 23)', async () => {
  await using registry = await startRegistry({ namesDigests: false });
  await using client = impatientClient();

  const { manifestDigest } = await client.push(imageFrom(layerOf('one')), latest(registry));

  expect(registry.manifests.has(`shop/web:${manifestDigest}`)).toBe(true);
  expect(registry.calls.at(-1)?.what).toBe('GET manifest');
});

test('another push to the same tag does not change which image this one reports (fault 32)', async () => {
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

test('a tag that stands for another image is pushed all the same (fault 19)', async () => {
  await using registry = await startRegistry();
  await using client = impatientClient();
  const other = await client.push(imageFrom(layerOf('another')), latest(registry));

  const pushed = await client.push(imageFrom(layerOf('this one')), latest(registry));

  expect(pushed.manifestDigest).not.toBe(other.manifestDigest);
  expect((await client.getImage(latest(registry)))?.imageId).toBe(pushed.imageId);
});

test('a registry that misses a blob at the end is sent what it misses, once (fault 25)', async () => {
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

test('a reference with a digest that is not the one of the image is refused before the manifest is sent', async () => {
  await using registry = await startRegistry();
  await using client = impatientClient();
  const target = { registry: registry.name, repository: 'shop/web', digest: digestOf('another') };

  await expect(client.push(imageFrom(layerOf('one')), target)).rejects.toMatchObject({ code: 'DIGEST_MISMATCH' });
  expect(registry.count('PUT manifest')).toBe(0);
});

test.for([
  ['whose config does not name its layers', { layers: [layerOf('two')] }],
  ['whose ID is not that of its config', { imageId: digestOf('another') }],
] as const)('an image %s is refused before anything is sent', async ([, wrong]) => {
  await using registry = await startRegistry();
  await using client = impatientClient();
  const image = { ...imageFrom(layerOf('one')), ...wrong };

  await expect(client.push(image, latest(registry))).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
  expect(registry.calls).toEqual([]);
});

test('files that change while they are pushed fail the push before its manifest', async () => {
  await using registry = await startRegistry();
  await using client = impatientClient();
  const layer = { ...layerOf('described'), tar: () => Readable.from([Buffer.from('read')]) };

  await expect(client.push(imageFrom(layer), latest(registry))).rejects.toMatchObject({ code: 'FILE_CHANGED' });
  expect(registry.count('PUT manifest')).toBe(0);
});

/** Files without a name that this process holds open. */
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

test.skipIf(!existsSync('/proc/self/fd'))('no file is left open after a push, however it ends', async () => {
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

test('a cancelled push stops, and says that it was cancelled', async () => {
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

test('an image that was pushed is read back as it was, in Docker schema 2 (fault 11)', async () => {
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

test('what the repository holds is not sent again', async () => {
  await using registry = await startRegistry();
  await using client = impatientClient();
  const image = imageFrom(layerOf('one'));
  const first = await client.push(image, latest(registry));

  const second = await client.push(image, latest(registry));

  expect(second).toMatchObject({ sentBytes: 0, reusedBytes: first.sentBytes, manifestDigest: first.manifestDigest });
  expect(registry.count('POST upload')).toBe(2);
});

test('a layer that stands twice in an image is sent once (fault 29)', async () => {
  await using registry = await startRegistry();
  await using client = impatientClient();

  const pushed = await client.push(imageFrom(layerOf('same'), layerOf('same')), latest(registry));

  expect(pushed.blobs).toHaveLength(2);
  expect(pushed.layers).toHaveLength(2);
  expect(registry.count('PUT upload')).toBe(2);
});

test('of a hundred layers at most four are on their way at once (fault 28)', async () => {
  // Each upload waits for company, and then a little longer, so that a fifth would be seen.
  await using registry = await startRegistry({
    misbehave: async ({ what }) => {
      if (what !== 'PUT upload') return false;
      for (let tries = 0; tries < 200 && registry.mostUploadsAtOnce < 4; tries++) await sleep(10);
      await sleep(10);
      return false;
    },
  });
  await using client = impatientClient({ timing: { stall: 10_000 } });
  const layers = Array.from({ length: 100 }, (_, index) => layerOf(`layer ${index}`));

  const pushed = await client.push(imageFrom(...layers), latest(registry));

  expect(pushed.blobs.every(({ outcome }) => outcome === 'sent')).toBe(true);
  expect(registry.mostUploadsAtOnce).toBe(4);
});

test('progress tells the bytes that went out, and ends at all of them', async () => {
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

test('layers of a base in another registry go through without being compressed again', async () => {
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

test('a second image that shares its layers with the first one costs a mount each (fault 21)', async () => {
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
  'a mount that is answered with %i sends the layer instead (fault 21)',
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

test('a mount that is sent to a place that nobody goes to ends the push (fault 13)', async () => {
  await using registry = await startRegistry({
    misbehave: (call) => {
      if (!call.url.searchParams.has('mount')) return false;
      answer(call, 307, { location: 'https://169.254.169.254/' });
      return true;
    },
  });
  await using client = impatientClient();
  const { layers } = await client.push(imageFrom(layerOf('one')), latest(registry));

  await expect(client.push(imageFrom(...layers), latest(registry, 'shop/worker'))).rejects.toMatchObject({
    code: 'HOST_REFUSED',
  });
});
