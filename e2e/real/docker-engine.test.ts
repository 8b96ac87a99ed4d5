import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { promisify } from 'node:util';
import { buildWithDocker, createRegistryClient, type RegistryClient } from '@tozo/registry-pusher';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Distribution, distributionPrograms, startDistribution } from './distribution.ts';
import { daemonHindrance, daemonPrograms, type DockerDaemon, startDockerDaemon } from './docker-daemon.ts';
import { machineImage } from './machine-image.ts';
import { missingPrograms } from './server-process.ts';

const run = promisify(execFile);
const absent = missingPrograms([...daemonPrograms, ...distributionPrograms, 'skopeo']);
const hindrance =
  absent.length > 0
    ? `no ${absent.join(', ')} here (apt-get install docker.io docker-registry skopeo apache2-utils)`
    : daemonHindrance();
if (hindrance !== undefined) console.log(`skipped: ${hindrance}`);

const credentials = { username: '_', password: 'a-key' };
const auth = Buffer.from(`${credentials.username}:${credentials.password}`).toString('base64');
/** No bridge exists beside a private engine, so its steps use the machine's network. */
const network = 'host';

/** A second, newer engine: the folder that holds its programs. Its store in containerd saves images in another form. */
const newer = process.env['NEWER_DOCKER_BIN'];
const engines = [
  { title: 'the installed Docker Engine', daemon: {} },
  ...(newer ? [{ title: 'a newer engine', daemon: { bin: newer, features: { 'containerd-snapshotter': true } } }] : []),
];
if (!newer) console.log('skipped: no newer engine here (NEWER_DOCKER_BIN names the folder of its programs)');

describe.skipIf(hindrance !== undefined).each(engines)('a Dockerfile with RUN on $title', ({ daemon }) => {
  let hub: Distribution;
  let registry: Distribution;
  let engine: DockerDaemon;
  let client: RegistryClient;
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tozo-docker-'));
    [hub, registry] = await Promise.all([startDistribution(), startDistribution(credentials)]);
    engine = await startDockerDaemon({ ...daemon, auths: { [registry.name]: { auth } } });
    client = createRegistryClient({ endpoints: { [registry.name]: { credentials } } });
    await client.push(machineImage(), { registry: hub.name, repository: 'library/base' });
  });
  afterAll(async () => {
    await client.close();
    await engine[Symbol.asyncDispose]();
    await Promise.all([hub[Symbol.asyncDispose](), registry[Symbol.asyncDispose]()]);
    await rm(folder, { recursive: true });
  });

  let contexts = 0;
  const contextOf = async (lines: readonly string[]) => {
    const context = join(folder, String(++contexts));
    await mkdir(context);
    await writeFile(join(context, 'app.txt'), 'the app');
    await writeFile(join(context, 'Dockerfile'), [`FROM ${hub.name}/library/base`, ...lines, ''].join('\n'));
    return { context, dockerfile: join(context, 'Dockerfile') };
  };

  it('fails with what the step printed, and leaves nothing behind (fault 94)', async () => {
    const request = await contextOf(['RUN echo the reason; exit 3']);

    await expect(buildWithDocker(request, { socketPath: engine.socketPath, network })).rejects.toMatchObject({
      code: 'ENGINE_BUILD_FAILED',
      message: expect.stringMatching(/RUN echo the reason; exit 3: .*3\n {2}the reason$/) as unknown,
    });
    expect(await engine.docker('image', 'ls', '-q', 'registry-pusher-build')).toBe('');
  });

  it('stops the step when it is cancelled', async () => {
    const request = await contextOf(['RUN echo asleep; sleep 86397']);
    const controller = new AbortController();
    const onLog = (line: string) => {
      if (line === 'asleep') controller.abort();
    };

    const building = buildWithDocker(request, {
      socketPath: engine.socketPath,
      network,
      onLog,
      signal: controller.signal,
    });

    await expect(building).rejects.toMatchObject({ code: 'ABORTED' });
    for (let tries = 0; tries < 100 && (await isRunning('86397')); tries++) await wait(100);
    expect(await isRunning('86397')).toBe(false);
  });

  it('becomes an image in the registry that runs, as Docker schema 2 whatever the engine made of it', async () => {
    const request = await contextOf([
      'ARG CI_COMMIT_SHA',
      'COPY . /app',
      'RUN echo built $CI_COMMIT_SHA > /app/proof',
      'CMD ["/bin/cat", "/app/proof", "/app/app.txt"]',
    ]);
    const lines: string[] = [];

    const { described, close } = await buildWithDocker(
      { ...request, revision: 'abc123' },
      { socketPath: engine.socketPath, network, onLog: (line) => lines.push(line) },
    );
    const { imageId, manifestDigest } = await client.push(described.image, {
      registry: registry.name,
      repository: 'shop/web',
    });
    await close();

    expect(described.layers.map(({ instruction, files }) => [instruction, files])).toEqual([
      ['COPY . /app', 2],
      ['RUN echo built $CI_COMMIT_SHA > /app/proof', 1],
    ]);
    expect(lines.some((line) => line.includes('RUN echo built'))).toBe(true);
    const image = `${registry.name}/shop/web`;
    const raw = await run('skopeo', [
      'inspect',
      '--raw',
      '--tls-verify=false',
      ...registry.credentialArgs,
      `docker://${image}`,
    ]);
    expect(JSON.parse(raw.stdout)).toMatchObject({
      mediaType: 'application/vnd.docker.distribution.manifest.v2+json',
      config: { digest: imageId },
    });
    await engine.docker('pull', '-q', `${image}@${manifestDigest}`);
    expect(await engine.docker('run', '--rm', '--network', 'none', `${image}@${manifestDigest}`)).toBe(
      'built abc123\nthe app',
    );
    expect(await engine.docker('image', 'ls', '-q', 'registry-pusher-build')).toBe('');
  });

  it('shares the layers that the last push left with an engine that has nothing cached', async () => {
    const request = await contextOf(['COPY . /app']);
    const target = { registry: registry.name, repository: 'shop/cold' };
    const first = await buildWithDocker(request, { socketPath: engine.socketPath, network });
    await client.push(first.described.image, target);
    await first.close();
    const previous = await client.getImage(target);

    await using cold = await startDockerDaemon(daemon);
    const second = await buildWithDocker(request, { socketPath: cold.socketPath, network, previous: previous! });
    const pushed = await client.push(second.described.image, target);
    await second.close();

    expect(second.described.sourceDigest).toBe(first.described.sourceDigest);
    expect(second.described.image.layers[0]).toMatchObject({ kind: 'stored' });
    expect(pushed.blobs[0]).toMatchObject({ outcome: 'present' });
  });
});

/** Whether a process with this word among its arguments runs on the machine. */
async function isRunning(word: string): Promise<boolean> {
  const processes = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const arguments_ = await Promise.all(processes.map((id) => readFile(`/proc/${id}/cmdline`, 'utf8').catch(() => '')));
  return arguments_.some((line) => line.split('\0').includes(word));
}
