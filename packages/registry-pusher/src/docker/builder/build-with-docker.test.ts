import { chmod, readdir, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { ImageReader } from '../../build/base-image.ts';
import { mediaTypes } from '../../image/descriptor.ts';
import { digestOf } from '../../image/digest.ts';
import type { RemoteImage } from '../../image/image.ts';
import { dockerProject } from '../../testing/docker-project.ts';
import { startEngine } from '../../testing/engine.ts';
import { openTar } from '../../testing/layer-files.ts';
import { builtOutput, builtDockerfile, dockerArchive, makeImage, ociLayout } from '../../testing/saved-images.ts';
import { buildWithDocker } from './build-with-docker.ts';

const project = dockerProject();

async function contentOf(tar: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of tar) chunks.push(chunk);
  return Buffer.concat(chunks);
}

test('rejects a file with a secret before it connects to an engine (fault 55, registry-pusher)', async () => {
  await writeFile(join(project.context, 'leak.js'), 'const key = "a-very-secret-key"');

  await expect(
    buildWithDocker(project.request({ secrets: ['a-very-secret-key'] }), { socketPath: '/none' }),
  ).rejects.toMatchObject({
    code: 'FILE_REFUSED',
    message: expect.stringContaining('leak.js'),
  });
});

test('sends the context without ignored files, but with the Dockerfile', async () => {
  await using engine = await startEngine(project.socketPath, { output: builtOutput, saved: await dockerArchive() });
  await chmod(join(project.context, 'main.js'), 0o770);

  const { close } = await buildWithDocker(project.request(), { socketPath: project.socketPath });
  await close();

  const [{ files, query }] = engine.builds as [(typeof engine.builds)[0]];
  expect([...files.keys()]).toEqual(['Dockerfile', 'main.js']);
  expect(files.get('main.js')).toEqual({ content: 'main', mode: 0o755 });
  expect(query.get('platform')).toBe('linux/amd64');
});

test('sends a Dockerfile from outside the context under a separate name', async () => {
  await using engine = await startEngine(project.socketPath, { output: builtOutput, saved: await dockerArchive() });
  await writeFile(join(project.directory, 'Dockerfile.other'), builtDockerfile);

  const options = { socketPath: project.socketPath };
  const { close } = await buildWithDocker(
    { context: project.context, dockerfile: join(project.directory, 'Dockerfile.other') },
    options,
  );
  await close();

  const { files, query } = engine.builds[0]!;
  expect(files.get(query.get('dockerfile')!)?.content).toBe(builtDockerfile);
  expect(files.get('Dockerfile')?.content).toBe(builtDockerfile);
});

test('sends a Dockerfile behind a link of the context under a separate name', async () => {
  const script = { output: builtOutput, saved: await dockerArchive(), onSession: async () => undefined };
  await using engine = await startEngine(project.socketPath, script);
  await symlink('.', join(project.context, 'docker'));

  const request = project.request({ dockerfile: join(project.context, 'docker/Dockerfile') });
  await (await buildWithDocker(request, { socketPath: project.socketPath })).close();

  const { files, query } = engine.builds[0]!;
  expect(query.get('dockerfile')).toBe('.dockerfile.from-elsewhere');
  expect([...files.keys()]).toEqual(['.dockerfile.from-elsewhere', 'Dockerfile', 'main.js']);
});

test('passes the commit and the source digest only if the Dockerfile declares them', async () => {
  await using engine = await startEngine(project.socketPath, { output: builtOutput, saved: await dockerArchive() });
  const argsOf = async (text: string) => {
    await writeFile(join(project.context, 'Dockerfile'), text);
    const shop = await buildWithDocker(project.request({ revision: 'abc', buildArgs: { LEVEL: '1' } }), {
      socketPath: project.socketPath,
    });
    await shop.close();
    return { shop, args: JSON.parse(engine.builds.at(-1)!.query.get('buildargs')!) as Record<string, string> };
  };

  const { shop, args } = await argsOf(builtDockerfile);
  expect(args).toEqual({ LEVEL: '1', CI_COMMIT_SHA: 'abc', SOURCE_DIGEST: shop.sourceDigest });
  expect(shop.declaresSourceDigest).toBe(true);
  expect(shop.warnings).toEqual([expect.stringContaining('Left out'), expect.stringContaining('LEVEL')]);

  const plain = await argsOf('FROM base\nRUN make\n');
  expect(plain.args).toEqual({ LEVEL: '1' });
  expect(plain.shop.declaresSourceDigest).toBe(false);
});

test('derives the source digest from the input, not from times or permissions', async () => {
  await using _engine = await startEngine(project.socketPath, { output: builtOutput, saved: await dockerArchive() });
  const digest = async (more: Parameters<typeof project.request>[0] = {}) => {
    const shop = await buildWithDocker(project.request(more), { socketPath: project.socketPath });
    await shop.close();
    return shop.sourceDigest;
  };

  const first = await digest();
  await utimes(join(project.context, 'main.js'), 1, 1);
  await chmod(join(project.context, 'main.js'), 0o600);
  await writeFile(join(project.context, 'ignored'), 'something else');
  expect(await digest()).toBe(first);

  expect(await digest({ buildArgs: { A: '1' } })).not.toBe(first);
  await writeFile(join(project.context, 'main.js'), 'changed');
  expect(await digest()).not.toBe(first);
});

test.for([
  ['docker-archive', dockerArchive],
  ['OCI layout with an attestation and compressed layers', ociLayout],
] as const)('reads an image saved as %s', async ([, save]) => {
  await using engine = await startEngine(project.socketPath, { output: builtOutput, saved: await save() });
  const { layers, diff_ids } = await makeImage();

  const shop = await buildWithDocker(project.request({ revision: 'abc' }), {
    socketPath: project.socketPath,
  });

  expect(shop.image.layers.map(({ diffId }) => diffId)).toEqual(diff_ids);
  for (const [index, layer] of shop.image.layers.entries()) {
    expect((await contentOf(openTar(layer))).equals(layers[index]!)).toBe(true);
  }
  expect(shop.image.config.config?.Labels).toEqual({ 'org.opencontainers.image.revision': 'abc' });
  expect(shop.layers).toMatchObject([
    { instruction: 'COPY . /app', line: 4, files: 1, size: 4, reused: false },
    { instruction: 'RUN make', line: 5, files: 2, size: 12, reused: false },
  ]);
  const tag = engine.builds[0]!.query.get('t');
  expect(engine.calls.at(-1)).toBe(`DELETE /images/${tag}`);
  await shop.close();
  expect(await readdir(project.temporary)).toEqual([]);
});

test('reuses layers and the revision of the previous image', async () => {
  await using _engine = await startEngine(project.socketPath, { output: builtOutput, saved: await dockerArchive() });
  const options = { socketPath: project.socketPath };
  const first = await buildWithDocker(project.request({ revision: 'abc' }), options);
  const { image } = first;
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

  const second = await buildWithDocker(project.request({ revision: 'def' }), { ...options, previous });

  expect(second.image.layers.map(({ kind }) => kind)).toEqual(['stored', 'stored', 'stored']);
  expect(second.layers.every(({ reused }) => reused)).toBe(true);
  expect(second.image.imageId).toBe(image.imageId);
  await Promise.all([first.close(), second.close()]);
});

test('falls back to the classic builder and logs it, unless BuildKit is requested', async () => {
  await using engine = await startEngine(project.socketPath, { output: builtOutput, saved: await dockerArchive() });
  const lines: string[] = [];
  const options = { socketPath: project.socketPath, onLog: (line: string) => lines.push(line) };

  await (await buildWithDocker(project.request(), options)).close();
  expect(engine.builds[0]!.query.get('version')).toBe('1');
  expect(lines[0]).toMatch(/^Can't use BuildKit \(.*\): using the engine's classic builder instead\.$/);

  await expect(buildWithDocker(project.request(), { ...options, engineBuilder: 'buildkit' })).rejects.toMatchObject({
    code: 'ENGINE_UNAVAILABLE',
  });
});

test('builds the target stage', async () => {
  await project.writeDockerfile('FROM base AS first', 'RUN make', 'FROM base', 'RUN other');
  await using engine = await startEngine(project.socketPath, { output: builtOutput, saved: await dockerArchive() });

  const options = { socketPath: project.socketPath };
  await (await buildWithDocker(project.request({ target: 'first' }), options)).close();

  expect(engine.builds[0]!.query.get('target')).toBe('first');
});

test('warns of a pinned image whose tag has moved, and builds without an answer of its registry', async () => {
  await using _engine = await startEngine(project.socketPath, { output: builtOutput, saved: await dockerArchive() });
  const [pinned, newer] = [digestOf('base'), digestOf('newer base')];
  await project.writeDockerfile('FROM base', 'COPY --from=base /x /x', 'RUN make');
  const images = { 'docker.io/library/base:latest': pinned };
  await writeFile(join(project.context, 'Dockerfile.lock'), JSON.stringify({ version: 1, images }));
  const warningsWith = async (getDigest: ImageReader['getDigest']) => {
    const registry: ImageReader = {
      getDigest,
      getImage: () => Promise.reject(new Error('not now')),
      readBlob: () => Promise.reject(new Error('not now')),
    };
    const built = await buildWithDocker(project.request(), { socketPath: project.socketPath, registry });
    await built.close();
    return built.warnings.filter((line) => line.includes('pinned'));
  };

  expect(await warningsWith(async () => newer)).toEqual([
    `docker.io/library/base:latest is now ${newer}; the build uses ${pinned}, pinned in Dockerfile.lock. Pin again to use the newer one (--pin).`,
  ]);
  expect(await warningsWith(async () => pinned)).toEqual([]);
  expect(await warningsWith(() => Promise.reject(new Error('429')))).toEqual([]);
});

test('builds with the digests of the lock file without changing the Dockerfile', async () => {
  await using engine = await startEngine(project.socketPath, { output: builtOutput, saved: await dockerArchive() });
  const lines = ['ARG CI_COMMIT_SHA', 'COPY --from=base /x /x', 'RUN make', 'CMD make'];
  await project.writeDockerfile('FROM base', ...lines);
  const digest = digestOf('base');
  const images = { 'docker.io/library/base:latest': digest };
  await writeFile(join(project.context, 'Dockerfile.lock'), JSON.stringify({ version: 1, images }));
  const build = async (lock?: 'use' | 'ignore') => {
    const options = { socketPath: project.socketPath, ...(lock === undefined ? {} : { lock }) };
    const shop = await buildWithDocker(project.request(), options);
    await shop.close();
    return { shop, sent: engine.builds.at(-1)!.files.get('Dockerfile')!.content };
  };

  const pinned = `docker.io/library/base:latest@${digest}`;
  const locked = await build();
  expect(locked.sent.split('\n').slice(0, 3)).toEqual([`FROM ${pinned}`, lines[0], `COPY --from=${pinned} /x /x`]);
  expect(locked.shop.warnings).toEqual([expect.stringContaining('.env')]);
  expect(locked.shop.layers[0]).toMatchObject({ instruction: lines[1], line: 3 });

  const free = await build('ignore');
  expect(free.sent).toBe(['FROM base', ...lines, ''].join('\n'));
  expect(free.shop.sourceDigest).not.toBe(locked.shop.sourceDigest);

  await project.writeDockerfile('FROM base', 'COPY --from=$WHICH /x /x');
  const { sent, shop } = await build();
  expect(sent).toContain('FROM base\n');
  expect(shop.warnings).toEqual([
    expect.stringContaining('.env'),
    expect.stringMatching(/^Ignoring Dockerfile\.lock.* line 2: --from/),
  ]);

  await writeFile(join(project.context, 'Dockerfile.lock'), 'none');
  await expect(build()).rejects.toMatchObject({ code: 'LOCK_INVALID' });
  expect(await readdir(project.temporary)).toEqual([]);
});
