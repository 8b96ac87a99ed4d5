import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { mediaTypes } from '../../image/descriptor.ts';
import { digestOf } from '../../image/digest.ts';
import { putOciImage } from '../../testing/images.ts';
import { impatientClient } from '../../testing/impatient.ts';
import { respond, type MemoryRegistry, startRegistry } from '../../testing/registry.ts';

const node = (registry: { name: string }) => ({ registry: registry.name, repository: 'library/node', tag: '20' });

const indexOf = (registry: MemoryRegistry, entries: [string, string, string?][]) => {
  const manifests = entries.map(([os, architecture, variant]) => {
    const { manifest, manifestDigest } = putOciImage(registry, 'library/node', `${os}-${architecture}${variant}`, {
      contents: [`${os} ${architecture} ${variant}`],
    });
    const platform = { os, architecture, ...(variant ? { variant } : {}) };
    return {
      mediaType: mediaTypes.ociManifest,
      size: JSON.stringify(manifest).length,
      digest: manifestDigest,
      platform,
    };
  });
  registry.putManifest('library/node', '20', mediaTypes.ociIndex, {
    schemaVersion: 2,
    mediaType: mediaTypes.ociIndex,
    manifests,
  });
  return manifests;
};

test.for([
  [
    [
      ['linux', 'arm64', 'v8'],
      ['windows', 'amd64'],
      ['unknown', 'unknown'],
    ],
    'it has linux/arm64/v8, windows/amd64. ',
  ],
  [[], 'no image at all'],
] as [[string, string, string?][], string][])(
  'rejects an index without linux/amd64 and lists its platforms (fault 34, registry-pusher)',
  async ([entries, list]) => {
    await using registry = await startRegistry();
    await using client = impatientClient();
    indexOf(registry, entries);

    await expect(client.getImage(node(registry))).rejects.toMatchObject({
      code: 'PLATFORM_MISSING',
      message: expect.stringContaining(list),
    });
  },
);

test('rejects an image for arm64 only (fault 34, registry-pusher)', async () => {
  await using registry = await startRegistry();
  await using client = impatientClient();
  putOciImage(registry, 'library/node', '20', { architecture: 'arm64' });

  await expect(client.getImage(node(registry))).rejects.toMatchObject({
    code: 'PLATFORM_MISSING',
    message: expect.stringContaining('linux/arm64'),
  });
});

test.for([
  [
    'a layer of encrypted bytes (fault 35, registry-pusher)',
    { layerType: `${mediaTypes.ociLayer}+gzip+encrypted` },
    'layer 1 is',
  ],
  [
    'a foreign layer (fault 36, registry-pusher)',
    { layerType: mediaTypes.dockerForeignLayer },
    'stored outside the registry',
  ],
  [
    "a config that isn't an image's",
    { configType: 'application/vnd.cncf.helm.config.v1+json' },
    "isn't a container image",
  ],
] as const)('rejects a base with %s', async ([, options, why]) => {
  await using registry = await startRegistry();
  await using client = impatientClient();
  putOciImage(registry, 'library/node', '20', options);

  await expect(client.getImage(node(registry))).rejects.toMatchObject({
    code: 'MEDIA_TYPE_REFUSED',
    message: expect.stringContaining(why),
  });
});

test('rejects a layer with URLs outside the registry (fault 36, registry-pusher)', async () => {
  await using registry = await startRegistry();
  await using client = impatientClient();
  const { manifest } = putOciImage(registry, 'library/node', '20');
  const layers = manifest.layers.map((layer) => ({ ...layer, urls: ['https://cdn.example/layer'] }));
  registry.putManifest('library/node', '20', mediaTypes.ociManifest, { ...manifest, layers });

  await expect(client.getImage(node(registry))).rejects.toMatchObject({ code: 'MEDIA_TYPE_REFUSED' });
});

test.for([
  ['no config', { config: undefined }],
  ['no layers', { layers: undefined }],
  ['another schema', { schemaVersion: 1 }],
  ['an invalid digest', { config: { mediaType: mediaTypes.ociConfig, size: 1, digest: 'sha256:short' } }],
  ['an invalid size', { config: { mediaType: mediaTypes.ociConfig, size: -1, digest: digestOf('x') } }],
] as const)('rejects a manifest with %s', async ([, change]) => {
  await using registry = await startRegistry();
  await using client = impatientClient();
  const { manifest } = putOciImage(registry, 'library/node', '20');
  registry.putManifest('library/node', '20', mediaTypes.ociManifest, { ...manifest, ...change });

  await expect(client.getImage(node(registry))).rejects.toMatchObject({ code: 'MANIFEST_INVALID' });
});

test('rejects a manifest with another digest than requested (fault 36, registry-pusher)', async () => {
  await using registry = await startRegistry();
  await using client = impatientClient();
  putOciImage(registry, 'library/node', '20');
  const digest = digestOf('another');
  registry.manifests.set(`library/node:${digest}`, registry.manifests.get('library/node:20')!);

  await expect(client.getImage({ ...node(registry), digest })).rejects.toMatchObject({ code: 'DIGEST_MISMATCH' });
});

test("rejects a manifest with another digest than the response's header (fault 36, registry-pusher)", async () => {
  await using registry = await startRegistry({
    misbehave: ({ what, response }) => {
      if (what === 'GET manifest') response.setHeader('docker-content-digest', digestOf('another'));
      return false;
    },
    namesDigests: false,
  });
  await using client = impatientClient();
  putOciImage(registry, 'library/node', '20');

  await expect(client.getImage(node(registry))).rejects.toMatchObject({ code: 'DIGEST_MISMATCH' });
});

test.for([
  ['other bytes', (bytes: Buffer) => Buffer.from(bytes).fill('?', 0, 1), 'with the digest sha256:'],
  ['more bytes', (bytes: Buffer) => Buffer.concat([bytes, Buffer.from('?')]), 'sent more'],
  ['fewer bytes', (bytes: Buffer) => bytes.subarray(1), 'sent only'],
] as const)('rejects a config with %s than the manifest says (fault 36, registry-pusher)', async ([, damage, why]) => {
  await using registry = await startRegistry();
  await using client = impatientClient();
  const { imageId } = putOciImage(registry, 'library/node', '20');
  const key = `library/node@${imageId}`;
  registry.blobs.set(key, damage(registry.blobs.get(key)!));

  await expect(client.getImage(node(registry))).rejects.toMatchObject({
    code: 'DIGEST_MISMATCH',
    message: expect.stringContaining(why),
  });
});

test('stops reading an endless manifest (fault 31, registry-pusher)', async () => {
  await using registry = await startRegistry({
    misbehave: (call) => {
      respond(call, 200, {}, Buffer.alloc(4 * 1024 * 1024 + 1));
      return true;
    },
  });
  await using client = impatientClient();

  await expect(client.getImage(node(registry))).rejects.toMatchObject({
    code: 'REGISTRY_PROTOCOL',
    message: expect.stringContaining('longer than'),
  });
});

test('resumes a blob where its connection broke', async () => {
  const content = Buffer.alloc(300_000, 'abc');
  await using registry = await startRegistry({
    misbehave: (call) => {
      if (call.what !== 'GET blob' || call.before > 0) return false;
      call.response.writeHead(200, { 'content-length': content.length });
      call.response.write(content.subarray(0, 100_000), () => call.request.socket.resetAndDestroy());
      return true;
    },
  });
  await using client = impatientClient();
  const digest = registry.putBlob('library/node', content);

  const blob = await client.readBlob(node(registry), { mediaType: 'x', size: content.length, digest });

  expect(Buffer.concat(await blob.toArray()).equals(content)).toBe(true);
  expect(registry.calls.at(-1)?.headers.range).toMatch(/^bytes=\d+-$/);
});

test('keeps resuming a blob that makes progress, with ranges or without', async () => {
  const content = Buffer.from(Array.from({ length: 300_000 }, (_, index) => index % 251));
  await using registry = await startRegistry({
    misbehave: (call) => {
      const ranged = call.url.pathname.includes('/ranged/');
      const start = ranged ? Number(/\d+/.exec(call.headers.range ?? '0')![0]) : 0;
      const end = (call.before + 1) * 60_000;
      call.response.writeHead(start > 0 ? 206 : 200, { 'content-length': content.length - start });
      call.response.write(content.subarray(start, end), () => {
        if (end >= content.length) call.response.end();
        else call.request.socket.resetAndDestroy();
      });
      return true;
    },
  });
  const descriptor = { mediaType: 'x', size: content.length, digest: digestOf(content) };
  for (const repository of ['ranged/blob', 'whole/blob']) {
    registry.calls.length = 0;
    await using client = impatientClient();
    const blob = await client.readBlob({ registry: registry.name, repository }, descriptor);
    expect(Buffer.concat(await blob.toArray()).equals(content)).toBe(true);
    expect(registry.calls.length).toBeGreaterThan(3);
  }
});

test('resumes a stalled blob where it stopped (fault 26, registry-pusher)', async () => {
  const content = Buffer.alloc(300_000, 'abc');
  await using registry = await startRegistry({
    misbehave: (call) => {
      if (call.what !== 'GET blob' || call.before > 0) return false;
      call.response.writeHead(200, { 'content-length': content.length });
      call.response.write(content.subarray(0, 100_000));
      return true;
    },
  });
  await using client = impatientClient({ timing: { stall: 400 } });
  const digest = registry.putBlob('library/node', content);

  const blob = await client.readBlob(node(registry), { mediaType: 'x', size: content.length, digest });

  expect(Buffer.concat(await blob.toArray()).equals(content)).toBe(true);
  expect(registry.calls.at(-1)?.headers.range).toBe('bytes=100000-');
});

test('gives up on a registry that never responds (fault 26, registry-pusher)', async () => {
  await using registry = await startRegistry({ misbehave: () => true });
  await using client = impatientClient({ timing: { connect: 400, stall: 50, maxAttempts: 2 } });

  await expect(client.getImage(node(registry))).rejects.toMatchObject({
    code: 'REGISTRY_UNREACHABLE',
    message: expect.stringContaining('no data moved in either direction'),
  });
  expect(registry.calls).toHaveLength(2);
});

test("doesn't give up because of a slow reader", async () => {
  await using registry = await startRegistry();
  await using client = impatientClient({ timing: { stall: 250 } });
  const content = Buffer.alloc(5_000_000, 'abc');
  const digest = registry.putBlob('library/node', content);

  const blob = await client.readBlob(node(registry), { mediaType: 'x', size: content.length, digest });
  const chunks: Buffer[] = [];
  for await (const chunk of blob as AsyncIterable<Buffer>) {
    if (chunks.length === 1) await sleep(600);
    chunks.push(chunk);
  }

  expect(Buffer.concat(chunks).equals(content)).toBe(true);
  expect(registry.calls).toHaveLength(1);
});

test('reports the address of a registry that refuses connections', async () => {
  const registry = await startRegistry();
  const { name } = registry;
  await registry[Symbol.asyncDispose]();
  await using client = impatientClient();

  await expect(client.getImage(node({ name }))).rejects.toMatchObject({
    code: 'REGISTRY_UNREACHABLE',
    message: expect.stringMatching(/^GET http:\S+: ECONNREFUSED: .* Nothing listens at 127\.0\.0\.1:\d+/),
  });
});

test("doesn't retry an unknown host name", async () => {
  let lookups = 0;
  await using client = impatientClient({
    lookup: (_hostname, _options, callback) => {
      lookups += 1;
      callback(Object.assign(new Error('not found'), { code: 'ENOTFOUND' }), []);
    },
  });

  await expect(client.getImage(node({ name: 'registry.example' }))).rejects.toMatchObject({
    code: 'REGISTRY_UNREACHABLE',
    message: expect.stringContaining('Check the host name registry.example'),
  });
  expect(lookups).toBe(1);
});

test('can be canceled before and during a read', async () => {
  const controller = new AbortController();
  await using registry = await startRegistry({
    misbehave: () => {
      controller.abort();
      return true;
    },
  });
  await using client = impatientClient();
  const { signal } = controller;

  await expect(client.getImage(node(registry), { signal })).rejects.toMatchObject({ code: 'ABORTED' });
  await expect(client.getImage(node(registry), { signal })).rejects.toMatchObject({ code: 'ABORTED' });
  expect(registry.calls).toHaveLength(1);
});

test("rejects a proxy's page as a manifest (fault 30, registry-pusher)", async () => {
  await using registry = await startRegistry({
    misbehave: (call) => {
      respond(call, 200, { 'content-type': 'text/html' }, Buffer.from('<html>Welcome</html>'));
      return true;
    },
  });
  await using client = impatientClient();

  await expect(client.getImage(node(registry))).rejects.toMatchObject({
    code: 'REGISTRY_PROTOCOL',
    message: expect.stringContaining('text/html'),
  });
});

test.for([
  ["isn't JSON", 'no JSON', "isn't JSON"],
  ['lists no diff IDs', '{"rootfs":{}}', "has no valid list of its layers' diff IDs"],
  ['lists an invalid diff ID', '{"rootfs":{"diff_ids":["sha256:short"]}}', "has no valid list of its layers' diff IDs"],
  ['lists too many diff IDs', { rootfs: { diff_ids: [digestOf('one'), digestOf('two')] } }, '2 diff IDs for 1 layers'],
] as const)('rejects a config that %s', async ([, config, why]) => {
  await using registry = await startRegistry();
  await using client = impatientClient();
  const { manifest } = putOciImage(registry, 'library/node', '20');
  const text = typeof config === 'string' ? config : JSON.stringify({ os: 'linux', architecture: 'amd64', ...config });
  const digest = registry.putBlob('library/node', Buffer.from(text));
  const other = { ...manifest, config: { ...manifest.config, size: text.length, digest } };
  registry.putManifest('library/node', '20', mediaTypes.ociManifest, other);

  await expect(client.getImage(node(registry))).rejects.toMatchObject({
    code: 'CONFIG_INVALID',
    message: expect.stringContaining(why),
  });
});

test("doesn't read a config with an excessive size", async () => {
  await using registry = await startRegistry();
  await using client = impatientClient();
  const { manifest } = putOciImage(registry, 'library/node', '20');
  const large = { ...manifest, config: { ...manifest.config, size: 8 * 1024 * 1024 + 1 } };
  registry.putManifest('library/node', '20', mediaTypes.ociManifest, large);

  await expect(client.getImage(node(registry))).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
  expect(registry.count('GET blob')).toBe(0);
});

test('rejects an index that points to a missing manifest or to another index', async () => {
  await using registry = await startRegistry();
  await using client = impatientClient();
  const indexNaming = (digest: string) =>
    registry.putManifest('library/node', '20', mediaTypes.ociIndex, {
      manifests: [
        { mediaType: mediaTypes.ociManifest, size: 1, digest, platform: { os: 'linux', architecture: 'amd64' } },
      ],
    });

  const inner = indexNaming(digestOf('lost'));
  await expect(client.getImage(node(registry))).rejects.toMatchObject({
    code: 'MANIFEST_INVALID',
    message: expect.stringContaining(digestOf('lost')),
  });
  indexNaming(inner);
  await expect(client.getImage(node(registry))).rejects.toMatchObject({
    code: 'MANIFEST_INVALID',
    message: expect.stringContaining('index of indexes'),
  });
});

test("returns undefined for a repository or tag that doesn't exist", async () => {
  await using registry = await startRegistry();
  await using client = impatientClient();

  expect(await client.getImage(node(registry))).toBeUndefined();
});

test("reads an index's linux/amd64 image for all processors (fault 34, registry-pusher)", async () => {
  await using registry = await startRegistry();
  await using client = impatientClient();
  const manifests = indexOf(registry, [
    ['linux', 'arm64'],
    ['linux', 'amd64', 'v3'],
    ['linux', 'amd64'],
    ['unknown', 'unknown'],
  ]);

  const image = await client.getImage(node(registry));

  expect(image?.manifestDigest).toBe(manifests[2]!.digest);
});

test('converts an OCI image to Docker schema 2, with the same bytes and image ID (fault 35, registry-pusher)', async () => {
  await using registry = await startRegistry();
  await using client = impatientClient();
  const { manifest, manifestDigest, imageId } = putOciImage(registry, 'library/node', '20', {
    contents: ['one', 'two'],
  });

  const image = await client.getImage({ ...node(registry), digest: manifestDigest });

  expect(image).toMatchObject({ imageId, manifestDigest, config: { architecture: 'amd64' } });
  expect(image?.manifest).toEqual({
    schemaVersion: 2,
    mediaType: mediaTypes.dockerManifest,
    config: { ...manifest.config, mediaType: mediaTypes.dockerConfig },
    layers: manifest.layers.map((layer) => ({ ...layer, mediaType: mediaTypes.dockerLayerGzip })),
  });
  expect(digestOf(image!.configBytes)).toBe(imageId);
});

test('stops following endless redirects', async () => {
  await using registry = await startRegistry({
    misbehave: (call) => {
      respond(call, 307, { location: call.url.pathname });
      return true;
    },
  });
  await using client = impatientClient();

  await expect(client.getImage(node(registry))).rejects.toMatchObject({
    code: 'REGISTRY_PROTOCOL',
    message: expect.stringContaining('redirects more than 5 times'),
  });
  expect(registry.calls).toHaveLength(6);
});
