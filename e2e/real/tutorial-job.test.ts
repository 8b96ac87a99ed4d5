import { mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { JournalMessage } from '@tozo/sandbox';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createShop, type Shop } from '../src/testing/shop.ts';
import { tozoProgram } from '../src/testing/tozo.ts';
import { daemonPrograms, type DockerDaemon, startDockerDaemon } from './docker-daemon.ts';
import { namespaceBlocker, namespacePrograms } from './namespace.ts';
import { type RealNames, startRealNames } from './real-names.ts';
import { missingPrograms } from './server-process.ts';

const absent = missingPrograms([...daemonPrograms, ...namespacePrograms, 'curl']);
const blocker =
  absent.length > 0
    ? `not installed: ${absent.join(', ')} (apt-get install docker.io curl iproute2 util-linux ca-certificates)`
    : namespaceBlocker();
if (blocker !== undefined) console.log(`skipped: ${blocker}`);
const newer = process.env['NEWER_DOCKER_BIN'];
if (!newer) console.log('skipped: no newer engine (set NEWER_DOCKER_BIN to the directory of its programs)');

const job = fileURLToPath(new URL('tutorial-job.sh', import.meta.url));

describe.skipIf(blocker !== undefined)("the tutorial's deploy job under the real host names", () => {
  let world: RealNames;
  let shop: Shop;
  beforeAll(async () => {
    [world, shop] = await Promise.all([startRealNames(), createShop()]);
  });
  afterEach(async () => {
    expect(await world.namespace.datagrams(), 'questions to a resolver').toBe(0);
  });
  afterAll(async () => {
    await world[Symbol.asyncDispose]();
    await shop[Symbol.asyncDispose]();
  });

  /** Returns a runner's environment with the client of the engine. */
  const environment = async (engine: DockerDaemon, bin: string): Promise<NodeJS.ProcessEnv> => {
    const home = await mkdtemp(join(world.namespace.directory, 'home-'));
    await mkdir(join(home, '.docker'));
    const plugins = { cliPluginsExtraDirs: [join(bin, '../libexec/docker/cli-plugins')] };
    await writeFile(join(home, '.docker/config.json'), JSON.stringify(plugins));
    const env = {
      HOME: home,
      PATH: `${bin}:${process.env['PATH']}`,
      DOCKER_HOST: `unix://${engine.socketPath}`,
      HEROKU_USERNAME: '_',
      HEROKU_API_KEY: world.apiKey,
      HEROKU_APP: 'shop',
      CI_COMMIT_SHA: '0123456789abcdef0123456789abcdef01234567',
    };
    await world.run('docker', ['version', '--format', '{{.Client.Version}} to {{.Server.Version}}'], { env });
    return env;
  };
  const runJob = (env: NodeJS.ProcessEnv) => world.run('sh', ['-ex', job], { cwd: shop.directory, env });
  const visit = (...args: string[]) => world.run('curl', ['-sS', '--fail', ...args, world.appUrl]);
  const requests = async (method: string, path: RegExp) =>
    (await world.journal()).filter((entry) => entry.method === method && path.test(entry.path));

  it('works with Docker 20.10, whose image Id is the digest of the config', async () => {
    await using engine = await startDockerDaemon({ enter: world.namespace.enter() });
    const ran = await runJob(await environment(engine, '/usr/bin'));

    expect(ran.code).toBe(0);
    expect(JSON.parse(ran.stdout.trim().split('\n').at(-1) ?? '')).toMatchObject([{ type: 'web', quantity: 1 }]);
    const [manifest] = await requests('PUT', /^\/v2\/shop\/web\/manifests\/latest$/);
    expect(manifest?.status).toBe(201);
    expect(await requests('PATCH', /^\/apps\/shop\/formation$/)).toMatchObject([{ status: 200 }]);
    expect((await visit('--retry', '20', '--retry-all-errors', '--retry-delay', '1')).stdout).toContain('hello');
  });

  describe.skipIf(!newer)('with Docker 26 and the containerd image store', () => {
    let engine: DockerDaemon;
    let env: NodeJS.ProcessEnv;
    beforeAll(async () => {
      const features = { 'containerd-snapshotter': true };
      engine = await startDockerDaemon({ bin: newer!, features, enter: world.namespace.enter() });
      env = await environment(engine, newer!);
    });
    afterAll(() => engine[Symbol.asyncDispose]());

    it('fails at the push with 405 for its OCI manifest, and would fail at the release: its image Id is not a config digest', async () => {
      const before = await visit();
      const patches = (await requests('PATCH', /formation/)).length;
      const ran = await runJob(env);

      expect(ran.code).not.toBe(0);
      expect(ran.stderr).toContain('exporting attestation manifest');
      expect(ran.stderr).toMatch(/unexpected status from PUT request to https:\/\/registry\.heroku\.com\/.*: 405/);
      const rejected = (await requests('PUT', /^\/v2\/shop\/web\/manifests\//)).filter(({ status }) => status >= 400);
      const types = rejected.map(({ status, request }) => [status, headerOf(request, 'content-type')]);
      expect(types).toEqual(types.map(() => [405, 'application/vnd.oci.image.manifest.v1+json']));
      expect(types.length).toBeGreaterThan(0);
      expect((await requests('PATCH', /formation/)).length).toBe(patches);
      expect((await visit()).stdout).toBe(before.stdout);

      const inspected = await world.run('docker', ['inspect', 'registry.heroku.com/shop/web', '--format={{.Id}}'], {
        env,
      });
      expect(inspected.code).toBe(0);
      const release = await world.run('curl', [
        ...['-sS', '-X', 'PATCH', 'https://api.heroku.com/apps/shop/formation'],
        ...['-H', 'Accept: application/vnd.heroku+json; version=3.docker-releases'],
        ...['-H', `Authorization: Bearer ${world.apiKey}`],
        ...['-d', JSON.stringify({ updates: [{ type: 'web', docker_image: inspected.stdout.trim() }] })],
      ]);
      expect(JSON.parse(release.stdout)).toMatchObject({ id: expect.any(String), message: expect.any(String) });
    });

    it('`tozo deploy` goes live with the same app and engine', async () => {
      const ran = await world.run(
        process.execPath,
        [tozoProgram, 'deploy', '--yes', '--builder', 'docker', '--report', 'report.json'],
        { cwd: shop.directory, env: { ...env, NODE_EXTRA_CA_CERTS: world.caFile } },
      );
      expect(ran.code).toBe(0);
      expect(ran.stdout).toContain('LIVE');
      const report = JSON.parse(await readFile(join(shop.directory, 'report.json'), 'utf8')) as object;
      expect(report).toMatchObject({ outcome: 'deployed', builder: 'docker', versionProven: true });
    });
  });
});

function headerOf({ headers }: JournalMessage, name: string): string | undefined {
  return headers.find((header) => header.name.toLowerCase() === name)?.value;
}
