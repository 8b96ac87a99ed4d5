import { readdir } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { mediaTypes } from '../../image/descriptor.ts';
import { digestOf } from '../../image/digest.ts';
import { createRegistryClient } from '../../registry/create-client.ts';
import { dockerProject } from '../../testing/docker-project.ts';
import { type EngineScript, startEngine } from '../../testing/engine.ts';
import { type PushedParts, type PushTarget, pushClassic, pushIndex, putBlob } from '../../testing/engine-push.ts';
import { startRegistry } from '../../testing/registry.ts';
import { builtOutput, dockerArchive, makeImage } from '../../testing/saved-images.ts';
import { buildWithDocker } from './build-with-docker.ts';
import type { DockerBuildOptions } from './docker-build-options.ts';

const project = dockerProject();

async function parts(more?: string): Promise<PushedParts & { readonly tars: readonly Buffer[] }> {
  const { config, layers } = await makeImage('amd64', more);
  return { config, layers: layers.map((layer) => gzipSync(layer)), tars: layers };
}

/** Builds with a scripted engine and also returns the log and the calls. */
async function build(script: EngineScript, options: DockerBuildOptions = {}) {
  await using engine = await startEngine(project.socketPath, { output: builtOutput, ...script });
  const lines: string[] = [];
  const onLog = (line: string) => lines.push(line);
  const image = await buildWithDocker(project.request(), { socketPath: project.socketPath, onLog, ...options });
  return { ...image, lines, calls: engine.calls, tag: engine.builds.at(-1)!.query.get('t')! };
}

test('pushes the layers with the bytes that the engine compressed', async () => {
  await using registry = await startRegistry();
  await using client = disposable(createRegistryClient());
  const { config, layers } = await parts();
  const shop = await build({ push: (to) => pushClassic(to, { config, layers }) });

  const pushed = await client.push(shop.image, { registry: registry.name, repository: 'shop/web' });
  await shop.close();

  expect(layers.every((layer) => registry.blobs.get(`shop/web@${digestOf(layer)}`)?.equals(layer))).toBe(true);
  expect(pushed.layers.map(({ descriptor }) => descriptor.digest)).toEqual(layers.map((layer) => digestOf(layer)));
  expect(shop.layers).toMatchObject([
    { instruction: 'COPY . /app', line: 4, files: 1, size: 4, reused: false },
    { instruction: 'RUN make', line: 5, files: 2, size: 12, reused: false },
  ]);
  expect(shop.lines.at(-1)).toBe('Exported 3 of 3 layers from the engine (0.0 MB).');
  expect(shop.calls.some((call) => call.endsWith('/get'))).toBe(false);
  expect(shop.calls.slice(-2)).toEqual([
    expect.stringMatching(/^DELETE \/images\/127\.0\.0\.1:\d+\/registry-pusher-build:[0-9a-f]+$/),
    `DELETE /images/${shop.tag}`,
  ]);
  expect(await readdir(project.temporary)).toEqual([]);
});

test.for([
  ['gzip', mediaTypes.ociLayerGzip, (layer: Buffer) => gzipSync(layer), 'blob'],
  ['no compression', mediaTypes.ociLayer, (layer: Buffer) => layer, 'tar'],
] as const)('selects the image from an index with an attestation, with %s', async ([, type, pack, kind]) => {
  await using registry = await startRegistry();
  await using client = disposable(createRegistryClient());
  const { config, tars } = await parts();
  const layers = tars.map(pack);
  const shop = await build({ push: (to) => pushIndex(to, { config, layers }, type) });

  expect(shop.image.layers.map((layer) => layer.kind)).toEqual([kind, kind, kind]);
  expect(shop.image.layers.map(({ diffId }) => diffId)).toEqual(tars.map((tar) => digestOf(tar)));
  const target = { registry: registry.name, repository: 'shop/web' };
  await client.push(shop.image, target);
  await shop.close();
  expect((await client.getImage(target))?.manifest.mediaType).toBe(mediaTypes.dockerManifest);
});

test('leaves layers of the previous image in the engine', async () => {
  await using registry = await startRegistry();
  await using client = disposable(createRegistryClient());
  const target = { registry: registry.name, repository: 'shop/web' };
  const before = await parts();
  const first = await build({ push: (to) => pushClassic(to, before) });
  await client.push(first.image, target);
  await first.close();
  const previous = (await client.getImage(target))!;

  const after = await parts('made again');
  let sent: string[] = [];
  const push = async (to: PushTarget) => (sent = await pushClassic(to, after));
  const inspected = { RootFS: { Layers: after.tars.map((tar) => digestOf(tar)) } };
  const shop = await build({ push, inspected }, { previous });
  const pushed = await client.push(shop.image, target);
  await shop.close();

  expect(sent).toEqual([digestOf(after.layers[2]!)]);
  expect(shop.image.layers.map(({ kind }) => kind)).toEqual(['stored', 'stored', 'blob']);
  expect(shop.layers).toEqual([
    expect.not.objectContaining({ files: expect.anything() as unknown }),
    expect.objectContaining({ files: 2, reused: false }),
  ]);
  expect(shop.layers[0]).toMatchObject({ reused: true });
  expect(shop.lines.at(-1)).toMatch(/^Exported 1 of 3 layers from the engine/);
  expect(pushed.blobs.filter(({ outcome }) => outcome === 'sent')).toHaveLength(2);
});

test('leaves layers of the base in the engine if its registry is readable', async () => {
  await using registry = await startRegistry();
  await using client = disposable(createRegistryClient());
  const { config, layers, tars } = await parts();
  const base = { registry: registry.name, repository: 'library/base' };
  const { imageOf } = await import('../../image/image.ts');
  const diffId = digestOf(tars[0]!);
  const descriptor = { mediaType: mediaTypes.dockerLayerGzip, size: layers[0]!.length, digest: digestOf(layers[0]!) };
  const open = async function* (from = 0) {
    yield layers[0]!.subarray(from);
  };
  const baseConfig = { architecture: 'amd64', os: 'linux', rootfs: { type: 'layers', diff_ids: [diffId] } } as const;
  await client.push(imageOf(baseConfig, [{ kind: 'blob', diffId, blob: { descriptor, open } }]), base);
  await project.writeDockerfile(`ARG WHICH=base`, `FROM ${registry.name}/library/$WHICH`, 'COPY . /app', 'RUN make');
  let sent: string[] = [];
  const push = async (to: PushTarget) => (sent = await pushClassic(to, { config, layers }));

  const shop = await build({ push }, { registry: client });
  await shop.close();
  expect(sent).toEqual(layers.slice(1).map((layer) => digestOf(layer)));
  expect(shop.image.layers[0]).toEqual({ kind: 'stored', diffId, descriptor, from: base });

  await project.writeDockerfile(`FROM ${registry.name}/library/none`, 'COPY . /app', 'RUN make');
  const other = await build({ push }, { registry: client });
  await other.close();
  expect(sent).toHaveLength(3);
  expect(other.image.layers[0]).toMatchObject({ kind: 'blob' });
});

test('saves the image if the engine cannot reach this machine, and logs it', async () => {
  const shop = await build({ saved: await dockerArchive() });
  await shop.close();

  expect(shop.image.layers.map(({ kind }) => kind)).toEqual(['tar', 'tar', 'tar']);
  expect(shop.lines.at(-1)).toBe(
    "The Docker Engine can't reach 127.0.0.1 on this machine: saving the whole image instead, which takes longer.",
  );
  expect(shop.calls.some((call) => call.endsWith('/push') || call.endsWith('/tag'))).toBe(false);
});

test.for([
  [
    'an error in the output of the push',
    async () => Promise.reject(new Error('no space left on device')),
    'Docker failed to push the image: no space left on device.',
  ],
  ['a push without a manifest', async () => undefined, "Can't read the image that Docker pushed: it has no manifest"],
  [
    'a layer that does not match the config',
    async (to: PushTarget) => {
      const { config, layers } = await parts();
      await pushClassic(to, { config, layers: [layers[1]!, layers[0]!, layers[2]!] });
    },
    "doesn't decompress to sha256:",
  ],
] as const)('fails on %s and leaves no files (fault 94, registry-pusher)', async ([, push, message]) => {
  await expect(build({ push })).rejects.toMatchObject({
    code: 'ENGINE_BUILD_FAILED',
    message: expect.stringContaining(message) as unknown,
  });
  expect(await readdir(project.temporary)).toEqual([]);
});

test('leaves no files if canceled during the push', async () => {
  const controller = new AbortController();
  const push = async (to: PushTarget) => {
    await putBlob(to, mediaTypes.dockerLayerGzip, gzipSync('half of it'));
    controller.abort();
    await new Promise(() => undefined);
  };

  await expect(build({ push }, { signal: controller.signal })).rejects.toMatchObject({ code: 'ABORTED' });
  expect(await readdir(project.temporary)).toEqual([]);
});

test('rejects an image for another platform before it exports it', async () => {
  await expect(build({ inspected: { Architecture: 'arm64' } })).rejects.toMatchObject({
    code: 'PLATFORM_MISSING',
    message: expect.stringContaining('linux/arm64') as unknown,
  });
});

test.each([
  ['a value', 'made too in a layer'],
  ['a token of a file', '//registry.example/:_authToken=npm_0123456789abcdefghij\n'],
])('rejects an image in which a step left %s of a secret, by file and line', async (_, key) => {
  await project.writeDockerfile('FROM base', 'COPY . /app', 'RUN --mount=type=secret,id=key make', 'CMD make');
  const image = await parts('it was made too in a layer: npm_0123456789abcdefghij');
  const script = { onSession: async () => undefined, push: (to: PushTarget) => pushClassic(to, image) };

  await expect(build(script, { buildSecrets: { key } })).rejects.toMatchObject({
    code: 'FILE_REFUSED',
    message: expect.stringContaining('/app/more (written by Dockerfile line 3)') as unknown,
  });
});

function disposable<T extends { close(): Promise<void> }>(client: T): T & AsyncDisposable {
  return Object.assign(client, { [Symbol.asyncDispose]: () => client.close() });
}
