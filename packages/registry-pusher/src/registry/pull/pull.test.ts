import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { mediaTypes } from '../../image/descriptor.ts';
import { digestOf } from '../../image/digest.ts';
import { putOciImage } from '../../testing/images.ts';
import { impatientClient } from '../../testing/impatient.ts';
import { answer, type MemoryRegistry, startRegistry } from '../../testing/registry.ts';

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
  'an index without linux/amd64 is refused and lists what it has (fault 34)',
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

test('an image for arm64 alone is refused (fault 34)', async () => {
  await using registry = await startRegistry();
  await using client = impatientClient();
  putOciImage(registry, 'library/node', '20', { architecture: 'arm64' });

  await expect(client.getImage(node(registry))).rejects.toMatchObject({
    code: 'PLATFORM_MISSING',
    message: expect.stringContaining('linux/arm64'),
  });
});

test.for([
  ['a layer of encrypted bytes (fault 35)', { layerType: `${mediaTypes.ociLayer}+gzip+encrypted` }, 'layer 1 is'],
  ['a foreign layer (fault 36)', { layerType: mediaTypes.dockerForeignLayer }, 'lies outside of the registry'],
  ['a config that is no image', { configType: 'application/vnd.cncf.helm.config.v1+json' }, 'not a container image'],
] as const)('a base with %s is refused', async ([, options, why]) => {
  await using registry = await startRegistry();
  await using client = impatientClient();
  putOciImage(registry, 'library/node', '20', options);

  await expect(client.getImage(node(registry))).rejects.toMatchObject({
    code: 'MEDIA_TYPE_REFUSED',
    message: expect.stringContaining(why),
  });
});

test('a layer that lies elsewhere is refused (fault 36)', async () => {
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
  ['a digest that is none', { config: { mediaType: mediaTypes.ociConfig, size: 1, digest: 'sha256:short' } }],
  ['a size that is none', { config: { mediaType: mediaTypes.ociConfig, size: -1, digest: digestOf('x') } }],
] as const)('a manifest with %s is invalid', async ([, change]) => {
  await using registry = await startRegistry();
  await using client = impatientClient();
  const { manifest } = putOciImage(registry, 'library/node', '20');
  registry.putManifest('library/node', '20', mediaTypes.ociManifest, { ...manifest, ...change });

  await expect(client.getImage(node(registry))).rejects.toMatchObject({ code: 'MANIFEST_INVALID' });
});

test('a manifest that is not the one asked for by digest is refused (fault 36)', async () => {
  await using registry = await startRegistry();
  await using client = impatientClient();
  putOciImage(registry, 'library/node', '20');
  const digest = digestOf('another');
  registry.manifests.set(`library/node:${digest}`, registry.manifests.get('library/node:20')!);

  await expect(client.getImage({ ...node(registry), digest })).rejects.toMatchObject({ code: 'DIGEST_MISMATCH' });
});

test('a manifest that is not the one that the registry says the tag stands for is refused (fault 36)', async () => {
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
  ['other bytes', (bytes: Buffer) => Buffer.from(bytes).fill('?', 0, 1), 'its digest is sha256:'],
  ['more bytes', (bytes: Buffer) => Buffer.concat([bytes, Buffer.from('?')]), 'it is longer'],
  ['fewer bytes', (bytes: Buffer) => bytes.subarray(1), 'it ends after'],
] as const)('a config with %s than the manifest says is refused (fault 36)', async ([, damage, why]) => {
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

test('a manifest without end is read no further than any manifest is long (fault 31)', async () => {
  await using registry = await startRegistry({
    misbehave: (call) => {
      answer(call, 200, {}, Buffer.alloc(4 * 1024 * 1024 + 1));
      return true;
    },
  });
  await using client = impatientClient();

  await expect(client.getImage(node(registry))).rejects.toMatchObject({
    code: 'REGISTRY_PROTOCOL',
    message: expect.stringContaining('longer than'),
  });
});

test('a blob is read on from where its connection broke', async () => {
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

test('a blob whose connection breaks again and again is read on as long as it gets further, with ranges or without', async () => {
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

test('a blob that stalls on its way is read on from where it stopped (fault 26)', async () => {
  const content = Buffer.alloc(300_000, 'abc');
  await using registry = await startRegistry({
    misbehave: (call) => {
      if (call.what !== 'GET blob' || call.before > 0) return false;
      call.response.writeHead(200, { 'content-length': content.length });
      call.response.write(content.subarray(0, 100_000));
      return true;
    },
  });
  await using client = impatientClient({ timing: { stall: 100 } });
  const digest = registry.putBlob('library/node', content);

  const blob = await client.readBlob(node(registry), { mediaType: 'x', size: content.length, digest });

  expect(Buffer.concat(await blob.toArray()).equals(content)).toBe(true);
  expect(registry.calls.at(-1)?.headers.range).toBe('bytes=100000-');
});

test('a registry that never answers is given up (fault 26)', async () => {
  await using registry = await startRegistry({ misbehave: () => true });
  await using client = impatientClient({ timing: { connect: 50, stall: 50, maxAttempts: 2 } });

  await expect(client.getImage(node(registry))).rejects.toMatchObject({
    code: 'REGISTRY_UNREACHABLE',
    message: expect.stringContaining('no data moved in either direction'),
  });
  expect(registry.calls).toHaveLength(2);
});

test('a reader that takes its time is no reason to give up', async () => {
  await using registry = await startRegistry();
  await using client = impatientClient({ timing: { stall: 50 } });
  const content = Buffer.alloc(5_000_000, 'abc');
  const digest = registry.putBlob('library/node', content);

  const blob = await client.readBlob(node(registry), { mediaType: 'x', size: content.length, digest });
  const chunks: Buffer[] = [];
  for await (const chunk of blob as AsyncIterable<Buffer>) {
    if (chunks.length === 1) await sleep(400);
    chunks.push(chunk);
  }

  expect(Buffer.concat(chunks).equals(content)).toBe(true);
  expect(registry.calls).toHaveLength(1);
});

test('a registry where nothing listens is told by its address, after a few tries', async () => {
  const registry = await startRegistry();
  const { name } = registry;
  await registry[Symbol.asyncDispose]();
  await using client = impatientClient();

  await expect(client.getImage(node({ name }))).rejects.toMatchObject({
    code: 'REGISTRY_UNREACHABLE',
    message: expect.stringMatching(/^GET http:\S+: ECONNREFUSED: .* Nothing listens at 127\.0\.0\.1:\d+/),
  });
});

test('a name that does not exist is asked for once', async () => {
  let asked = 0;
  await using client = impatientClient({
    lookup: (_hostname, _options, callback) => {
      asked += 1;
      callback(Object.assign(new Error('not found'), { code: 'ENOTFOUND' }), []);
    },
  });

  await expect(client.getImage(node({ name: 'registry.example' }))).rejects.toMatchObject({
    code: 'REGISTRY_UNREACHABLE',
    message: expect.stringContaining('Check the host name registry.example'),
  });
  expect(asked).toBe(1);
});

test('reading can be cancelled before it begins and while it goes on', async () => {
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

test('a page of a proxy is no manifest (fault 30)', async () => {
  await using registry = await startRegistry({
    misbehave: (call) => {
      answer(call, 200, { 'content-type': 'text/html' }, Buffer.from('<html>Welcome</html>'));
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
  ['is not JSON', 'no JSON', 'is not JSON'],
  ['names no diff IDs', '{"rootfs":{}}', 'names no diff IDs'],
  ['names diff IDs that are none', '{"rootfs":{"diff_ids":["sha256:short"]}}', 'names no diff IDs'],
  ['names too many', { rootfs: { diff_ids: [digestOf('one'), digestOf('two')] } }, '2 diff IDs for 1 layers'],
] as const)('a config that %s is refused', async ([, config, why]) => {
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

test('a config that is said to be larger than any is not read', async () => {
  await using registry = await startRegistry();
  await using client = impatientClient();
  const { manifest } = putOciImage(registry, 'library/node', '20');
  const large = { ...manifest, config: { ...manifest.config, size: 8 * 1024 * 1024 + 1 } };
  registry.putManifest('library/node', '20', mediaTypes.ociManifest, large);

  await expect(client.getImage(node(registry))).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
  expect(registry.count('GET blob')).toBe(0);
});

test('an index that names what is not there, or another index, is invalid', async () => {
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

test('a repository or a tag that does not exist gives nothing', async () => {
  await using registry = await startRegistry();
  await using client = impatientClient();

  expect(await client.getImage(node(registry))).toBeUndefined();
});

test('of an index the linux/amd64 image is read, the one for all processors (fault 34)', async () => {
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

test('an OCI image is given in the terms of Docker schema 2, with the same bytes and image ID (fault 35)', async () => {
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

test('a registry that redirects without end is left', async () => {
  await using registry = await startRegistry({
    misbehave: (call) => {
      answer(call, 307, { location: call.url.pathname });
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
