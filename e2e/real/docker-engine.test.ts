import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { buildWithDocker } from '@tozo/registry-pusher';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startDockerDaemon } from './docker-daemon.ts';
import { type DockerStage, engines, blocker, network, startDockerStage, skipped } from './docker-stage.ts';

const run = promisify(execFile);
for (const line of skipped) console.log(line);

describe.skipIf(blocker !== undefined).each(engines.slice(0, 2))('a build with RUN on $title', ({ daemon }) => {
  let stage: DockerStage;
  let options: { readonly socketPath: string; readonly network: string };

  beforeAll(async () => {
    stage = await startDockerStage(daemon);
    options = { socketPath: stage.engine.socketPath, network };
  });
  afterAll(() => stage[Symbol.asyncDispose]());

  it('fails with the output of the step, and leaves nothing behind (fault 94, registry-pusher)', async () => {
    const request = await stage.contextOf(['RUN echo the reason; exit 3']);

    await expect(buildWithDocker(request, options)).rejects.toMatchObject({
      code: 'ENGINE_BUILD_FAILED',
      message: expect.stringMatching(/RUN echo the reason; exit 3: .*3\n {2}the reason$/) as unknown,
    });
    expect(await stage.engine.docker('image', 'ls', '-q', 'registry-pusher-build')).toBe('');
  });

  it.each(['buildkit', 'classic'] as const)('stops the running step when it is canceled: %s', async (engineBuilder) => {
    const request = await stage.contextOf(['RUN echo asleep; sleep 86397']);
    const controller = new AbortController();
    const onLog = (line: string) => {
      if (line === 'asleep') controller.abort();
    };

    const building = buildWithDocker(request, {
      ...options,
      engineBuilder,
      onLog,
      signal: controller.signal,
    });

    await expect(building).rejects.toMatchObject({ code: 'ABORTED' });
    await expect.poll(() => isRunning('86397'), { timeout: 30_000, interval: 100 }).toBe(false);
    await expect.poll(() => stage.engine.docker('ps', '-q'), { timeout: 30_000 }).toBe('');
  });

  it.each([
    ['buildkit', 'shop/web'],
    ['classic', 'shop/classic'],
  ] as const)(
    'makes a runnable image in Docker schema 2 from any image store: %s',
    async (engineBuilder, repository) => {
      const request = await stage.contextOf([
        'ARG CI_COMMIT_SHA',
        'COPY . /app',
        'RUN echo built $CI_COMMIT_SHA > /app/proof',
        'CMD ["/bin/cat", "/app/proof", "/app/app.txt"]',
      ]);
      const lines: string[] = [];

      const shop = await buildWithDocker(
        { ...request, revision: 'abc123' },
        { ...options, engineBuilder, onLog: (line) => lines.push(line) },
      );
      const { imageId, manifestDigest } = await stage.client.push(shop.image, {
        registry: stage.registry.name,
        repository,
      });
      await shop.close();

      expect(shop.layers.map(({ instruction, files }) => [instruction, files])).toEqual([
        ['COPY . /app', 2],
        ['RUN echo built $CI_COMMIT_SHA > /app/proof', 1],
      ]);
      expect(lines.some((line) => line.includes('RUN echo built'))).toBe(true);
      const image = `${stage.registry.name}/${repository}`;
      const raw = await run('skopeo', [
        'inspect',
        '--raw',
        '--tls-verify=false',
        ...stage.registry.credentialArgs,
        `docker://${image}`,
      ]);
      expect(JSON.parse(raw.stdout)).toMatchObject({
        mediaType: 'application/vnd.docker.distribution.manifest.v2+json',
        config: { digest: imageId },
      });
      expect(await readByBuildah(image, stage.registry.credentialArgs)).toMatchObject({
        FromImageID: imageId.slice('sha256:'.length),
        OCIv1: { config: { Cmd: ['/bin/cat', '/app/proof', '/app/app.txt'] } },
      });
      await stage.engine.docker('pull', '-q', `${image}@${manifestDigest}`);
      expect(await stage.engine.docker('run', '--rm', '--network', 'none', `${image}@${manifestDigest}`)).toBe(
        'built abc123\nthe app',
      );
      expect(await stage.engine.docker('image', 'ls', '-q', 'registry-pusher-build')).toBe('');
    },
  );

  it('reuses the layers of the last push on an engine with an empty cache', async () => {
    const request = await stage.contextOf(['COPY . /app']);
    const target = { registry: stage.registry.name, repository: 'shop/cold' };
    const first = await buildWithDocker(request, options);
    await stage.client.push(first.image, target);
    await first.close();
    const previous = await stage.client.getImage(target);

    await using cold = await startDockerDaemon(daemon);
    const second = await buildWithDocker(request, { socketPath: cold.socketPath, network, previous: previous! });
    const pushed = await stage.client.push(second.image, target);
    await second.close();

    expect(second.sourceDigest).toBe(first.sourceDigest);
    expect(second.image.layers[0]).toMatchObject({ kind: 'stored' });
    expect(pushed.blobs[0]).toMatchObject({ outcome: 'present' });
  });
});

/** Pulls an image with all its layers into a new storage. */
async function readByBuildah(image: string, credentials: readonly string[]): Promise<unknown> {
  const directory = await mkdtemp(join(tmpdir(), 'tozo-buildah-'));
  const places = ['--root', join(directory, 'storage'), '--runroot', join(directory, 'run'), '--storage-driver', 'vfs'];
  try {
    const from = ['from', '--name', 'it', '--tls-verify=false', ...credentials, image];
    await run('buildah', [...places, ...from]);
    return JSON.parse((await run('buildah', [...places, 'inspect', 'it'])).stdout);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** Returns whether a process on this machine has this argument. */
async function isRunning(word: string): Promise<boolean> {
  const processes = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const arguments_ = await Promise.all(processes.map((id) => readFile(`/proc/${id}/cmdline`, 'utf8').catch(() => '')));
  return arguments_.some((line) => line.split('\0').includes(word));
}
