import { randomBytes } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { blobOf } from '../../image/blob.ts';
import { mediaTypes } from '../../image/descriptor.ts';
import { digestOf } from '../../image/digest.ts';
import { type Layer, storedLayers } from '../../image/image.ts';
import { expectCode } from '../../testing/expect-code.ts';
import { imageFrom, incompressible, putOciImage } from '../../testing/images.ts';
import { impatientClient } from '../../testing/impatient.ts';
import type { PushProgress } from '../client/client.ts';
import { type Call, type MemoryRegistry, refuse, startRegistry } from '../../testing/registry.ts';

const latest = ({ name }: MemoryRegistry) => ({ registry: name, repository: 'shop/web', tag: 'latest' });
const limit = 400_000;
const size = 1_500_000;
const chunksOf = ({ calls }: MemoryRegistry) =>
  calls
    .filter(({ what }) => what === 'PATCH upload')
    .map(({ headers }) => ({ range: headers['content-range'], length: Number(headers['content-length']) }));

test('sends chunks after a 413, and the next blob in chunks from the start', async () => {
  await using registry = await startRegistry({ largestBody: limit });
  await using client = impatientClient();

  await client.push(imageFrom(incompressible(size)), latest(registry));

  const chunks = chunksOf(registry);
  expect(Math.max(...chunks.map(({ length }) => length))).toBeLessThanOrEqual(limit);
  expect(chunks[0]!.range).toBe(`0-${chunks[0]!.length - 1}`);
  const refused = registry.calls.filter(({ response }) => response.statusCode === 413).length;
  await client.push(imageFrom(incompressible(size)), latest(registry));
  expect(registry.calls.filter(({ response }) => response.statusCode === 413)).toHaveLength(refused);
});

test('counts the bytes of chunks like those of whole blobs', async () => {
  await using registry = await startRegistry({ largestBody: limit });
  await using client = impatientClient();
  await client.push(imageFrom(incompressible(size)), latest(registry));
  const before = registry.calls.length;
  const bytes = gzipSync(randomBytes(size));
  const blob = blobOf(mediaTypes.dockerLayer, bytes);
  const layer: Layer = { kind: 'blob', diffId: digestOf(gunzipSync(bytes)), blob };
  const seen: PushProgress[] = [];

  const { sentBytes } = await client.push(imageFrom(layer), latest(registry), {
    onProgress: (progress) => seen.push(progress),
  });

  const received = registry.calls
    .slice(before)
    .filter(({ what }) => what === 'PATCH upload' || what === 'PUT upload')
    .reduce((sum, call) => sum + call.received, 0);
  expect(received).toBeGreaterThan(size);
  expect(sentBytes).toBe(received);
  expect(seen.at(-1)).toEqual({ sentBytes, totalBytes: sentBytes });
  const ofChunks = seen.map((progress) => progress.sentBytes).filter((sent) => sent > 1000 && sent < size);
  expect(ofChunks.length).toBeGreaterThan(2);
});

test("uses the registry's minimum chunk size", async () => {
  await using registry = await startRegistry({
    largestBody: 800_000,
    misbehave: ({ response }) => {
      response.setHeader('oci-chunk-min-length', String(700_000));
      return false;
    },
  });
  await using client = impatientClient();

  await client.push(imageFrom(incompressible(size)), latest(registry));

  expect(chunksOf(registry)[0]!.length).toBe(700_000);
});

test('gives up on a registry that accepts no chunk, with its message', async () => {
  await using registry = await startRegistry({ largestBody: 1000 });
  await using client = impatientClient();
  await expectCode(
    client.push(imageFrom(incompressible(limit)), latest(registry)),
    'REGISTRY_PROTOCOL',
    'SIZE_INVALID',
  );
});

/** Breaks the connection once, in the middle of the second chunk. */
function breakOnce() {
  let broken = false;
  return (call: Call): boolean => {
    if (call.what !== 'PATCH upload' || broken || call.headers['content-range']?.startsWith('0-')) return false;
    broken = true;
    call.breaksAfter = 100_000;
    return false;
  };
}

test('resumes a broken chunk at the offset of the registry (fault 1, registry-pusher)', async () => {
  await using registry = await startRegistry({ largestBody: limit, misbehave: breakOnce() });
  await using client = impatientClient();

  await client.push(imageFrom(incompressible(size)), latest(registry));

  const [first, second, third] = chunksOf(registry).map(({ range, length }) => ({
    start: parseInt(range!, 10),
    length,
  }));
  expect(second!.start).toBe(first!.length);
  expect(third!.start).toBeGreaterThan(second!.start);
  expect(third!.start).toBeLessThan(second!.start + second!.length);
  expect(registry.count('GET upload')).toBe(1);
});

test('restarts an upload that the registry lost (fault 1, registry-pusher)', async () => {
  const breaks = breakOnce();
  await using registry = await startRegistry({
    largestBody: limit,
    misbehave: async (call) => {
      if (call.what !== 'GET upload') return breaks(call);
      refuse(call, 404, 'BLOB_UPLOAD_UNKNOWN');
      return true;
    },
  });
  await using client = impatientClient();

  await client.push(imageFrom(incompressible(size)), latest(registry));

  expect(chunksOf(registry).filter(({ range }) => range!.startsWith('0-')).length).toBeGreaterThan(1);
});

test('sends a layer of another registry in chunks', async () => {
  await using hub = await startRegistry();
  await using registry = await startRegistry({ largestBody: limit });
  await using client = impatientClient();
  const content = Buffer.concat(await incompressible(size).tar().toArray()).toString('latin1');
  const { manifest } = putOciImage(hub, 'library/node', '20', { contents: [content] });
  const base = (await client.getImage({ registry: hub.name, repository: 'library/node', tag: '20' }))!;

  await client.push({ ...base, layers: storedLayers(base) }, latest(registry));

  expect(registry.blobs.has(`shop/web@${manifest.layers[0]!.digest}`)).toBe(true);
  expect(chunksOf(registry).length).toBeGreaterThan(2);
});

test('uses the address of each response, also after a 416 (fault 1, registry-pusher)', async () => {
  let step = 0;
  let isRefused = false;
  const used: string[] = [];
  const misbehave = (call: Call): boolean => {
    if (!call.what.endsWith(' upload') || call.what === 'POST upload') return false;
    const { searchParams } = call.url;
    used.push(`${call.what.split(' ')[0]!} ${searchParams.get('step')}`);
    type WriteHead = (status: number, headers?: Record<string, string>) => typeof call.response;
    const writeHead = call.response.writeHead.bind(call.response) as WriteHead;
    const renewLocation: WriteHead = (status, { location, ...headers } = {}) =>
      writeHead(status, { ...headers, ...(location ? { location: `${location}&step=${(step += 1)}` } : {}) });
    call.response.writeHead = renewLocation as typeof call.response.writeHead;
    if (call.what !== 'PATCH upload' || isRefused || call.headers['content-range']!.startsWith('0-')) return false;
    isRefused = true;
    refuse(call, 416, 'RANGE_INVALID');
    return true;
  };
  await using registry = await startRegistry({ largestBody: limit, misbehave });
  await using client = impatientClient();

  await client.push(imageFrom(incompressible(size)), latest(registry));

  expect(used).toContain('GET 1');
  // The latest address counts. Only the refused chunk's is used twice, to ask for the progress.
  const steps = used.map((each) => Number(each.split(' ')[1])).filter((each) => each > 0);
  expect(steps).toEqual([1, ...steps.slice(1).map((_, index) => index + 1)]);
  expect(steps.length).toBeGreaterThan(3);
});

test('sends again what the registry lost of an upload (fault 1, registry-pusher)', async () => {
  const breaks = breakOnce();
  await using registry = await startRegistry({
    largestBody: limit,
    misbehave: (call, { forgetUpload }) => {
      if (call.what === 'GET upload') forgetUpload(50_000);
      return breaks(call);
    },
  });
  await using client = impatientClient();

  await client.push(imageFrom(incompressible(size)), latest(registry));

  const starts = chunksOf(registry).map(({ range }) => parseInt(range!, 10));
  expect(starts).toContain(50_000);
  expect(starts.indexOf(50_000)).toBeGreaterThan(1);
});
