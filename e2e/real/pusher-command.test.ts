import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createRegistryClient, push } from '@tozo/registry-pusher';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compiledProgram } from '../src/testing/compiled.ts';
import { distributionPrograms, startDistribution } from './distribution.ts';
import { daemonBlocker, daemonPrograms, type DockerDaemon, startDockerDaemon } from './docker-daemon.ts';
import { machineImage } from './machine-image.ts';
import { type Registry, registries, startGeneralRegistry } from './pusher-registries.ts';
import { missingPrograms } from './server-process.ts';

const run = promisify(execFile);
const absent = missingPrograms([...daemonPrograms, ...distributionPrograms, 'skopeo', 'buildah']);
const blocker =
  absent.length > 0
    ? `not installed: ${absent.join(', ')} (apt-get install docker.io docker-registry skopeo buildah apache2-utils)`
    : daemonBlocker();
if (blocker !== undefined) console.log(`skipped: ${blocker}`);
const newer = process.env['NEWER_DOCKER_BIN'];
if (!newer) console.log('skipped: no newer engine (set NEWER_DOCKER_BIN to the directory of its programs)');

const bin = compiledProgram('registry-pusher', 'registry-pusher');

describe.skipIf(blocker !== undefined)('the command registry-pusher', () => {
  let directory: string;
  let hub: Awaited<ReturnType<typeof startDistribution>>;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'tozo-pusher-command-'));
    hub = await startDistribution();
    const client = createRegistryClient();
    await client.push(machineImage(), { registry: hub.name, repository: 'library/base' });
    await client.close();
  });
  afterAll(async () => {
    await hub[Symbol.asyncDispose]();
    await rm(directory, { recursive: true });
  });

  async function project(name: string, text = 'hello'): Promise<string> {
    const context = join(directory, name);
    await mkdir(join(context, 'docs'), { recursive: true });
    await writeFile(join(context, 'hello.txt'), `${text}\n`);
    await writeFile(join(context, 'docs/read.me'), 'read me\n');
    const lines = [`FROM ${hub.name}/library/base`, 'WORKDIR /app', 'COPY docs docs', 'COPY hello.txt ./'];
    await writeFile(join(context, 'Dockerfile'), [...lines, 'CMD ["cat", "/app/hello.txt"]', ''].join('\n'));
    return context;
  }

  /** Runs the installed command with credentials as written by `docker login`. */
  async function pusher(registry: Registry, ...args: string[]) {
    const { stdout } = await run(process.execPath, [bin, ...args], { env: await environment(registry) });
    return stdout;
  }

  async function environment({ name, login }: Registry): Promise<Record<string, string>> {
    const config = join(directory, `docker-config-${name}`);
    await mkdir(config, { recursive: true });
    const auth = login
      ? { [name]: { auth: Buffer.from(`${login.username}:${login.password}`).toString('base64') } }
      : {};
    await writeFile(join(config, 'config.json'), JSON.stringify({ auths: auth }));
    return { PATH: process.env['PATH']!, HOME: directory, DOCKER_CONFIG: config };
  }

  const skopeo = async ({ login }: Registry, ...args: string[]) => {
    const creds = login ? ['--creds', `${login.username}:${login.password}`] : [];
    return (await run('skopeo', ['inspect', '--tls-verify=false', ...creds, ...args])).stdout;
  };

  it.each(Object.entries(registries))('pushes to %s, and inspects and compares the images', async (_, start) => {
    await using registry = await start();
    const context = await project('changing', 'one');
    const image = `${registry.name}/${registry.repository}`;
    const first = JSON.parse(await pusher(registry, 'push', image, '--context', context, '--json')) as Pushed;
    const before = `${image}@${first.manifestDigest}`;
    expect(JSON.parse(await skopeo(registry, `docker://${image}`))).toMatchObject({ Digest: first.manifestDigest });

    await writeFile(join(context, 'hello.txt'), 'one, two\n');
    const second = JSON.parse(await pusher(registry, 'push', image, '--context', context, '--json')) as Pushed;
    expect(second.layers.map(({ reused }) => reused)).toEqual([true, true, false]);
    const again = JSON.parse(await pusher(registry, 'push', image, '--context', context, '--json')) as Pushed;
    expect([again.sentBytes, again.manifestDigest]).toEqual([0, second.manifestDigest]);

    const inspected = JSON.parse(await pusher(registry, 'inspect', image, '--json')) as {
      layers: { createdBy: string }[];
    };
    expect(inspected.layers.at(-1)).toMatchObject({ createdBy: 'COPY hello.txt ./', content: { files: 1, size: 9 } });
    expect((await pusher(registry, 'diff', before, image)).split('\n').slice(2)).toEqual([
      '~ /app/hello.txt  content 4 B → 9 B',
      '0 added, 1 changed, 0 removed; 0 config differences (3 layers shared, 2 read)',
      '',
    ]);
    if (!registry.acceptsOci) return;
    await pusher(registry, 'push', `${image}:oci`, '--context', context, '--oci', '--tag', 'other');
    for (const tag of ['oci', 'other'])
      expect(JSON.parse(await skopeo(registry, '--raw', `docker://${image}:${tag}`))).toMatchObject({
        mediaType: 'application/vnd.oci.image.manifest.v1+json',
        config: { mediaType: 'application/vnd.oci.image.config.v1+json', digest: second.imageId },
        layers: Array.from({ length: 4 }, () => ({ mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip' })),
      });
  });

  it('pushes images that buildah reads, in both formats', async () => {
    await using registry = await registries['distribution 2.8']!();
    const context = await project('buildah');
    const places = ['--root', join(directory, 'root'), '--runroot', join(directory, 'run'), '--storage-driver', 'vfs'];
    const { username, password } = registry.login!;
    for (const format of ['docker', 'oci']) {
      const image = `${registry.name}/team/shop:${format}`;
      const pushed = JSON.parse(
        await pusher(registry, 'push', image, '--context', context, `--${format}`, '--json'),
      ) as Pushed;
      const from = ['from', '--name', format, '--tls-verify=false', '--creds', `${username}:${password}`, image];
      await run('buildah', [...places, ...from]);
      expect(JSON.parse((await run('buildah', [...places, 'inspect', format])).stdout)).toMatchObject({
        FromImageID: pushed.imageId.slice('sha256:'.length),
        OCIv1: { config: { Cmd: ['cat', '/app/hello.txt'], WorkingDir: '/app' } },
      });
    }
  });

  describe.each([
    { title: 'the installed engine', daemon: {} },
    ...(newer
      ? [
          {
            title: 'the newer engine with the containerd image store',
            daemon: { bin: newer, features: { 'containerd-snapshotter': true } },
          },
        ]
      : []),
  ])('on $title', ({ daemon }) => {
    let engine: DockerDaemon;
    beforeAll(async () => {
      engine = await startDockerDaemon(daemon);
    });
    afterAll(() => engine[Symbol.asyncDispose]());

    it('pushes images that run, in both formats, with a Dockerfile or without one', async () => {
      await using registry = await startGeneralRegistry({});
      const context = await project('run');
      for (const format of ['docker', 'oci'] as const) {
        const image = `${registry.name}/team/shop:${format}`;
        await pusher(registry, 'push', image, '--context', context, `--${format}`);
        const composed = `${registry.name}/team/composed:${format}`;
        await push({
          to: composed,
          format,
          base: `${hub.name}/library/base`,
          context,
          layers: [{ files: 'hello.txt', to: '/srv/' }],
          config: { Cmd: ['cat', '/srv/hello.txt'] },
        });
        for (const name of [image, composed]) {
          await engine.docker('pull', '-q', name);
          expect(await engine.docker('run', '--rm', '--network', 'none', name)).toBe('hello\n');
        }
      }
    });
  });

  it('is canceled by SIGINT and leaves no file behind', async () => {
    await using registry = await startGeneralRegistry({});
    const context = await project('canceled');
    const temporary = join(directory, 'tmp');
    await mkdir(temporary);
    const silent = createServer().listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const { port } = silent.address() as { port: number };
    const env = { ...(await environment(registry)), TMPDIR: temporary };
    const child = spawn(process.execPath, [bin, 'push', `127.0.0.1:${port}/shop`, '--context', context], { env });
    await once(silent, 'request');
    child.kill('SIGINT');
    const [code] = (await once(child, 'close')) as [number];
    expect([code, await readdir(temporary)]).toEqual([130, []]);
    silent.closeAllConnections();
    silent.close();
  });

  it("doesn't fail when nothing reads its output (fault 95, registry-pusher)", async () => {
    await using registry = await startGeneralRegistry({});
    const context = await project('unread');
    const env = await environment(registry);
    const child = spawn(process.execPath, [bin, 'push', `${registry.name}/unread`, '--context', context], { env });
    child.stdout.destroy();
    child.stderr.destroy();
    const [code] = (await once(child, 'close')) as [number];
    expect(code).toBe(0);
    expect(await pusher(registry, 'inspect', `${registry.name}/unread`)).toContain('COPY hello.txt');
  });
});

interface Pushed {
  readonly manifestDigest: string;
  readonly imageId: string;
  readonly sentBytes: number;
  readonly layers: readonly { readonly reused: boolean }[];
}
