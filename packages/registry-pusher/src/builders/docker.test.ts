import { chmod, mkdir, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { mediaTypes } from '../image/descriptor.ts';
import { digestOf } from '../image/digest.ts';
import type { RemoteImage } from '../image/image.ts';
import { type EngineScript, startEngine, tarFile } from '../testing/engine.ts';
import { buildWithDocker, type DockerOptions } from './docker.ts';

const dockerfileText =
  'FROM base\nARG CI_COMMIT_SHA\nARG SOURCE_DIGEST\nCOPY . /app\nRUN make\nCMD ["node", "main.js"]\n';
let folder: string;
let context: string;
let temporary: string;
let socketPath: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'docker-test-'));
  context = join(folder, 'context');
  temporary = join(folder, 'tmp');
  socketPath = join(folder, 'docker.sock');
  await Promise.all([mkdir(context), mkdir(temporary)]);
  await writeFile(join(context, 'Dockerfile'), dockerfileText);
  await writeFile(join(context, 'main.js'), 'main');
  await writeFile(join(context, '.env'), 'SECRET=1');
  await writeFile(join(context, '.dockerignore'), 'ignored\n.dockerignore\n');
  await writeFile(join(context, 'ignored'), 'no');
  vi.stubEnv('TMPDIR', temporary);
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true });
});

const request = (more: { revision?: string; secrets?: string[]; buildArgs?: Record<string, string> } = {}) => ({
  context,
  dockerfile: join(context, 'Dockerfile'),
  ...more,
});

const built = [{ stream: 'Step 1/6 : FROM base' }, { aux: { ID: 'sha256:1' } }];

/** An image on a base of one layer, as the Dockerfile above makes it. */
async function makeImage(architecture = 'amd64') {
  const layers = await Promise.all([
    tarFile({ 'etc/passwd': 'root' }),
    tarFile({ 'app/main.js': 'main' }),
    tarFile({ 'app/out': 'made', 'app/more': 'made too' }),
  ]);
  const empty = { empty_layer: true };
  const history = [
    { created_by: 'base' },
    empty,
    empty,
    { created_by: 'COPY . /app' },
    { created_by: 'RUN make' },
    empty,
  ];
  const diff_ids = layers.map((layer) => digestOf(layer));
  const config = Buffer.from(
    JSON.stringify({
      architecture,
      os: 'linux',
      config: { Cmd: ['node'] },
      rootfs: { type: 'layers', diff_ids },
      history,
    }),
  );
  return { layers, diff_ids, config };
}

/** As engines before 25 save it; the same file twice is a link there. */
async function dockerArchive(architecture?: string) {
  const { layers, config } = await makeImage(architecture);
  const [base, copy, run] = layers;
  const Layers = ['a/layer.tar', 'b/layer.tar', 'c/layer.tar'];
  const manifest = JSON.stringify([{ Config: 'config.json', RepoTags: [], Layers }]);
  return tarFile({
    'config.json': config,
    'store/layer.tar': base,
    'a/layer.tar': '->../store/layer.tar',
    'b/layer.tar': copy,
    'c/layer.tar': run,
    'manifest.json': manifest,
  });
}

/** As engines with the containerd image store save it: compressed, an index in the index, with an attestation. */
async function ociLayout() {
  const { layers, config } = await makeImage();
  const files: Record<string, Buffer> = {};
  const put = (mediaType: string, bytes: Buffer) => {
    const digest = digestOf(bytes);
    files[`blobs/sha256/${digest.slice(7)}`] = bytes;
    return { mediaType, size: bytes.length, digest };
  };
  const json = (mediaType: string, value: object) => put(mediaType, Buffer.from(JSON.stringify(value)));
  const manifest = json(mediaTypes.ociManifest, {
    config: put(mediaTypes.ociConfig, config),
    layers: layers.map((layer) => put(mediaTypes.ociLayerGzip, gzipSync(layer))),
  });
  const attestation = json(mediaTypes.ociManifest, {
    config: put(mediaTypes.ociConfig, Buffer.from('{}')),
    layers: [],
  });
  const index = json(mediaTypes.ociIndex, {
    manifests: [
      { ...attestation, platform: { os: 'unknown', architecture: 'unknown' } },
      { ...manifest, platform: { os: 'linux', architecture: 'amd64' } },
    ],
  });
  return tarFile({ ...files, 'index.json': JSON.stringify({ manifests: [index] }), 'manifest.json': '[]' });
}

async function contentOf(tar: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of tar) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function failure(script: EngineScript, options: DockerOptions = {}) {
  await using engine = await startEngine(socketPath, script);
  const error: unknown = await buildWithDocker(request(), { socketPath, ...options }).catch((cause: unknown) => cause);
  expect(await readdir(temporary)).toEqual([]);
  return { error, calls: engine.calls };
}

test('without a Docker Engine the error says what to do (fault 94)', async () => {
  const nowhere = buildWithDocker(request(), { socketPath: join(folder, 'none.sock') });

  await expect(nowhere).rejects.toMatchObject({
    code: 'ENGINE_UNAVAILABLE',
    message: expect.stringMatching(/none\.sock \(ENOENT\)\. Start Docker, or .*DOCKER_HOST/),
  });
  expect(await readdir(temporary)).toEqual([]);
});

test('an address that no engine can have is refused', async () => {
  await expect(buildWithDocker(request(), { dockerHost: 'ssh://me@host' })).rejects.toMatchObject({
    code: 'ENGINE_UNAVAILABLE',
  });
});

test('an engine whose API is too old is refused before the build (fault 94)', async () => {
  const { error, calls } = await failure({ apiVersion: '1.38' });

  expect(error).toMatchObject({ code: 'ENGINE_UNAVAILABLE', message: expect.stringContaining('API 1.38') });
  expect(calls).toEqual(['GET /version']);
});

test('an error inside the stream of a 200 fails the build, with the step and what it printed (fault 94)', async () => {
  const { error, calls } = await failure({
    output: [
      { stream: 'Step 1/2 : FROM base\n' },
      { stream: 'Step 2/2 : RUN make' },
      { stream: '\n' },
      { stream: 'ERROR: only a warning\n' },
      { stream: 'no rule to make' },
      { stream: ' target\n' },
      { errorDetail: { code: 2, message: 'returned a non-zero code: 2' }, error: 'returned a non-zero code: 2' },
    ],
  });

  expect(error).toMatchObject({
    code: 'ENGINE_BUILD_FAILED',
    message:
      'The Docker build failed at RUN make: returned a non-zero code: 2\n  ERROR: only a warning\n  no rule to make target',
  });
  expect(calls.at(-1)).toBe('POST /build');
});

test.for([
  ['output that ends before an image is made', [{ stream: 'Step 1/2 : FROM base' }]],
  ['output that is not JSON', ['<html>Bad gateway</html>\n']],
  ['output that is no object', ['7\n']],
] as const)('%s is a failure (fault 94)', async ([, output]) => {
  const { error } = await failure({ output });

  expect(error).toMatchObject({ code: 'ENGINE_BUILD_FAILED' });
});

test('an image for another platform is refused', async () => {
  const { error } = await failure({ output: built, saved: await dockerArchive('arm64') });

  expect(error).toMatchObject({ code: 'PLATFORM_MISSING', message: expect.stringContaining('linux/arm64') });
});

test('an archive that leads out of its folder is refused', async () => {
  for (const name of ['../outside', '/absolute']) {
    const { error } = await failure({ output: built, saved: await tarFile({ [name]: 'x' }) });
    expect(error).toMatchObject({ code: 'ENGINE_BUILD_FAILED', message: expect.stringContaining('refused') });
  }
});

test('a cancelled build closes its connections, so that the engine stops the step', async () => {
  await using engine = await startEngine(socketPath, { output: [{ stream: 'Step 1/2 : RUN sleep' }], staysOpen: true });
  const controller = new AbortController();
  const building = buildWithDocker(request(), {
    socketPath,
    signal: controller.signal,
    onLog: () => controller.abort(),
  });

  await expect(building).rejects.toMatchObject({ code: 'ABORTED' });
  await sleep(20);
  expect(engine.sockets.size).toBe(0);
  expect(await readdir(temporary)).toEqual([]);
});

test.for(['secret', 'ssh'])('RUN --mount=type=%s is refused by its line, before an engine is asked', async (type) => {
  await writeFile(join(context, 'Dockerfile'), `FROM base\nRUN --mount=type=${type},id=x make\n`);

  await expect(buildWithDocker(request(), { socketPath: '/none' })).rejects.toMatchObject({
    code: 'INSTRUCTION_UNSUPPORTED',
    message: expect.stringContaining('line 2'),
  });
});

test('a file with the value of a secret is not sent to an engine (fault 55)', async () => {
  await writeFile(join(context, 'leak.js'), 'const key = "a-very-secret-key"');

  await expect(
    buildWithDocker(request({ secrets: ['a-very-secret-key'] }), { socketPath: '/none' }),
  ).rejects.toMatchObject({
    code: 'FILE_REFUSED',
    message: expect.stringContaining('leak.js'),
  });
});

test('the context is sent without what is ignored, the Dockerfile with it', async () => {
  await using engine = await startEngine(socketPath, { output: built, saved: await dockerArchive() });
  await chmod(join(context, 'main.js'), 0o770);

  const { close } = await buildWithDocker(request(), { socketPath });
  await close();

  const [{ files, query }] = engine.builds as [(typeof engine.builds)[0]];
  expect([...files.keys()]).toEqual(['Dockerfile', 'main.js']);
  expect(files.get('main.js')).toEqual({ content: 'main', mode: 0o755 });
  expect(query.get('platform')).toBe('linux/amd64');
});

test('a Dockerfile from elsewhere is sent under a name of its own', async () => {
  await using engine = await startEngine(socketPath, { output: built, saved: await dockerArchive() });
  await writeFile(join(folder, 'Dockerfile.other'), dockerfileText);

  const options = { socketPath };
  const { close } = await buildWithDocker({ context, dockerfile: join(folder, 'Dockerfile.other') }, options);
  await close();

  const { files, query } = engine.builds[0]!;
  expect(files.get(query.get('dockerfile')!)?.content).toBe(dockerfileText);
  expect(files.get('Dockerfile')?.content).toBe(dockerfileText);
});

test('the commit and the source digest are given where the Dockerfile declares them, and only there', async () => {
  await using engine = await startEngine(socketPath, { output: built, saved: await dockerArchive() });
  const argsOf = async (text: string) => {
    await writeFile(join(context, 'Dockerfile'), text);
    const { described, close } = await buildWithDocker(request({ revision: 'abc', buildArgs: { LEVEL: '1' } }), {
      socketPath,
    });
    await close();
    return { described, args: JSON.parse(engine.builds.at(-1)!.query.get('buildargs')!) as Record<string, string> };
  };

  const { described, args } = await argsOf(dockerfileText);
  expect(args).toEqual({ LEVEL: '1', CI_COMMIT_SHA: 'abc', SOURCE_DIGEST: described.sourceDigest });
  expect(described.declaresSourceDigest).toBe(true);
  expect(described.warnings).toEqual([expect.stringContaining('LEVEL')]);

  const plain = await argsOf('FROM base\nRUN make\n');
  expect(plain.args).toEqual({ LEVEL: '1' });
  expect(plain.described.declaresSourceDigest).toBe(false);
});

test('the source digest tells what is built, not when or where', async () => {
  await using _engine = await startEngine(socketPath, { output: built, saved: await dockerArchive() });
  const digest = async (more: Parameters<typeof request>[0] = {}) => {
    const { described, close } = await buildWithDocker(request(more), { socketPath });
    await close();
    return described.sourceDigest;
  };

  const first = await digest();
  await utimes(join(context, 'main.js'), 1, 1);
  await chmod(join(context, 'main.js'), 0o600);
  await writeFile(join(context, 'ignored'), 'something else');
  expect(await digest()).toBe(first);

  expect(await digest({ buildArgs: { A: '1' } })).not.toBe(first);
  await writeFile(join(context, 'main.js'), 'changed');
  expect(await digest()).not.toBe(first);
});

test.for([
  ['docker-archive', dockerArchive],
  ['OCI layout with an attestation and compressed layers', ociLayout],
] as const)('an image that is saved as %s is taken over, layer by layer', async ([, save]) => {
  await using engine = await startEngine(socketPath, { output: built, saved: await save() });
  const { layers, diff_ids } = await makeImage();

  const { described, close } = await buildWithDocker(request({ revision: 'abc' }), { socketPath });

  expect(described.image.layers.map(({ diffId }) => diffId)).toEqual(diff_ids);
  for (const [index, layer] of described.image.layers.entries()) {
    if (layer.kind !== 'new') throw new Error('no layer is stored');
    expect(layer.size).toBe(layers[index]!.length);
    expect((await contentOf(layer.tar())).equals(layers[index]!)).toBe(true);
  }
  expect(described.image.config.config?.Labels).toEqual({ 'org.opencontainers.image.revision': 'abc' });
  expect(described.layers).toMatchObject([
    { instruction: 'COPY . /app', line: 4, files: 1, size: 4, reused: false },
    { instruction: 'RUN make', line: 5, files: 2, size: 12, reused: false },
  ]);
  const tag = engine.builds[0]!.query.get('t');
  expect(engine.calls.at(-1)).toBe(`DELETE /images/${tag}`);
  await close();
  expect(await readdir(temporary)).toEqual([]);
});

test('layers that the previous image has are not taken out of the engine again, and its revision is kept', async () => {
  await using _engine = await startEngine(socketPath, { output: built, saved: await dockerArchive() });
  const options = { socketPath };
  const first = await buildWithDocker(request({ revision: 'abc' }), options);
  const { image } = first.described;
  const descriptor = { mediaType: mediaTypes.dockerLayerGzip, size: 1, digest: digestOf('x') };
  const previous: RemoteImage = {
    from: { registry: 'registry.example', repository: 'shop/web' },
    manifestDigest: digestOf('manifest'),
    manifest: {
      schemaVersion: 2,
      mediaType: mediaTypes.dockerManifest,
      config: { mediaType: mediaTypes.dockerConfig, size: image.configBytes.length, digest: image.imageId },
      layers: image.layers.map(() => descriptor),
    },
    config: image.config,
    configBytes: image.configBytes,
    imageId: image.imageId,
  };

  const second = await buildWithDocker(request({ revision: 'def' }), { ...options, previous });

  expect(second.described.image.layers.map(({ kind }) => kind)).toEqual(['stored', 'stored', 'stored']);
  expect(second.described.layers.every(({ reused }) => reused)).toBe(true);
  expect(second.described.image.imageId).toBe(image.imageId);
  await Promise.all([first.close(), second.close()]);
});
