import { execFile } from 'node:child_process';
import { chown, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createRegistryClient, imageOf } from '@tozo/registry-pusher';
import { startSandbox, type Sandbox } from '@tozo/sandbox';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createShop, type Shop } from '../src/testing/shop.ts';
import { cleanEnvironment, runTozo, tozoProgram } from '../src/testing/tozo.ts';
import { daemonBlocker, daemonPrograms, type DockerDaemon, startDockerDaemon } from './docker-daemon.ts';
import { type LocalRegistry, startLocalRegistry } from './image-deps/registry.ts';
import { type Registry, startGeneralRegistry } from './pusher-registries.ts';
import { imageOfTar } from './run-builder/base.ts';
import { writeDebianParts } from './run-containers/debian-parts.ts';
import { dependency, writeTutorialApp } from './run-containers/tutorial-app.ts';
import { missingPrograms } from './server-process.ts';

const run = promisify(execFile);
const bin = process.env['NEWER_DOCKER_BIN'];
const absent = missingPrograms([...daemonPrograms, 'setpriv', 'nsenter', 'unshare', 'newuidmap', 'setcap']);
const blocker = bin ? (absent.length > 0 ? `not installed: ${absent.join(', ')}` : daemonBlocker()) : 'no newer engine';
if (blocker !== undefined) console.log(`skipped: ${blocker} (set NEWER_DOCKER_BIN to the directory of its programs)`);

/** A container that a job runs in. Without options, it's what `docker run` gives: default seccomp profile and capabilities. */
interface Container {
  readonly title: string;
  readonly image: 'job' | 'job-with-setuid-map' | 'job-with-capable-map';
  readonly user?: '1000:1000';
  readonly options?: readonly string[];
  /** What executes RUN, or why nothing does. */
  readonly executes?: string;
  readonly refuses?: string;
}

const unconfined = ['--security-opt', 'seccomp=unconfined'];
const unmasked = [...unconfined, '--security-opt', 'systempaths=unconfined'];
const containers: readonly Container[] = [
  { title: 'root', image: 'job', executes: 'by chroot' },
  { title: 'root, with newuidmap', image: 'job-with-capable-map', executes: 'by chroot' },
  { title: 'a user', image: 'job', user: '1000:1000', refuses: 'user namespaces are not allowed' },
  {
    title: 'a user, with newuidmap',
    image: 'job-with-capable-map',
    user: '1000:1000',
    refuses: 'user namespaces are not allowed',
  },
  { title: 'root, privileged', image: 'job', options: ['--privileged'], executes: 'in namespaces' },
  {
    title: 'root without new privileges',
    image: 'job',
    options: ['--security-opt', 'no-new-privileges'],
    executes: 'by chroot',
  },
  {
    title: 'root without capabilities',
    image: 'job',
    options: ['--cap-drop', 'ALL'],
    refuses: 'neither namespaces nor chroot are allowed here',
  },
  {
    title: 'root, with a read-only root and a tmpfs without devices',
    image: 'job',
    options: ['--read-only', '--tmpfs', '/tmp'],
    refuses: 'neither namespaces nor device nodes in /tmp are allowed here',
  },
  {
    title: 'a user, where user namespaces are allowed',
    image: 'job-with-capable-map',
    user: '1000:1000',
    options: unmasked,
    executes: 'in a user namespace (newuidmap)',
  },
  {
    title: 'a user without newuidmap, where user namespaces are allowed',
    image: 'job',
    user: '1000:1000',
    options: unmasked,
    executes: 'in a user namespace without other users',
  },
  {
    title: "a user with Debian 12's newuidmap, where user namespaces are allowed",
    image: 'job-with-setuid-map',
    user: '1000:1000',
    options: unmasked,
    executes: 'in a user namespace without other users',
  },
  {
    title: 'a user, where user namespaces are allowed and /proc is masked',
    image: 'job-with-capable-map',
    user: '1000:1000',
    options: unconfined,
    refuses: 'its user namespaces may not mount /proc',
  },
];

describe.skipIf(blocker !== undefined)("the tutorial's Dockerfile in a container of Docker Engine 26", () => {
  let directory: string;
  let npm: LocalRegistry;
  let hub: Registry;
  let engine: DockerDaemon;
  let sandbox: Sandbox;
  let shop: Shop;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'tozo-containers-'));
    const token = 'the token of the base image';
    [npm, hub, shop, engine] = await Promise.all([
      startLocalRegistry([dependency], token),
      startGeneralRegistry({}),
      createShop(),
      startDockerDaemon({ bin: bin! }),
    ]);
    // Which registry npm uses is the base's, as in a company. The Dockerfile stays as it is.
    const npmrc = `registry=${npm.url}\n${npm.url.replace('http:', '')}:_authToken=${token}\nupdate-notifier=false\n`;
    const archive = join(directory, 'parts.tar');
    writeDebianParts(archive, { files: { 'usr/lib/node_modules/npm/npmrc': npmrc } });
    await writeTutorialApp(shop);
    await pushBase(hub, archive);
    await engine.docker('import', archive, 'job');
    for (const [uidMap, image] of [
      ['setuid', 'job-with-setuid-map'],
      ['capabilities', 'job-with-capable-map'],
    ] as const) {
      writeDebianParts(archive, { uidMap });
      await engine.docker('import', archive, image);
    }
    sandbox = await startSandbox({ apps: [shop.name] });
  });
  afterAll(async () => {
    await sandbox?.close();
    for (const each of [engine, hub, npm, shop]) await each?.[Symbol.asyncDispose]();
    await rm(directory, { recursive: true, force: true });
  });

  it.each(containers.filter(({ executes }) => executes))('goes live, built as $title', async (container) => {
    const { code, stderr } = await buildIn(container);
    expect({ code, stderr }).toMatchObject({ code: 0 });
    expect(stderr).toContain(`RUN is reused, or executed ${container.executes}`);
    const deployed = await deployHandedOver();
    expect(deployed).toMatchObject({ code: 0, lastLine: expect.stringMatching(/^(?:LIVE|UNCHANGED) v\d+ /) });
    const [url] = /http:\/\/127\S+/.exec(deployed.lastLine)!;
    const response = await fetch(url);
    expect(await response.text()).toBe('hello from npm');
  });

  it.each(containers.filter(({ refuses }) => refuses))('is refused in one sentence, as $title', async (container) => {
    const { code, stderr } = await buildIn(container);
    const [line, ...more] = stderr.trim().split('\n');
    expect(line).toMatch(
      /^Dockerfile line 4: RUN npm ci --omit=dev has to run \(the base node:20-slim isn't pinned, [^)]*\), but .*\.$/,
    );
    expect(line).toContain(container.refuses);
    expect(more).toEqual([]);
    expect(code).toBe(2);
  });

  /** Runs `tozo image` in a container, as a job of CI would, and removes the container. */
  async function buildIn({ image, user, options = [] }: Container): Promise<{ code: number; stderr: string }> {
    const owner = Number(user?.split(':')[0] ?? 0);
    await rm(join(shop.directory, '.tozo'), { recursive: true, force: true });
    await chown(shop.directory, owner, owner);
    const workspace = join(import.meta.dirname, '../..');
    const environment = { CI: 'true', HOME: '/tmp', TOZO_DOCKER_HUB_MIRROR: `http://${hub.name}` };
    const args = [
      ...[
        'run',
        '--rm',
        '--network',
        'host',
        '-v',
        `${workspace}:${workspace}:ro`,
        '-v',
        `${shop.directory}:/builds/shop`,
      ],
      ...Object.entries(environment).flatMap(([name, value]) => ['-e', `${name}=${value}`]),
      ...(user === undefined ? [] : ['--user', user]),
      ...options,
      ...['-w', '/builds/shop', image, 'node', tozoProgram, 'image'],
    ];
    const docker = [join(bin!, 'docker'), '-H', `unix://${engine.socketPath}`] as const;
    try {
      const { stderr } = await run(docker[0], [...docker.slice(1), ...args]);
      return { code: 0, stderr };
    } catch (error) {
      return error as { code: number; stderr: string };
    }
  }

  function deployHandedOver() {
    const env = cleanEnvironment({
      CI: 'true',
      HEROKU_API_KEY: sandbox.apiKey,
      HEROKU_APP: shop.name,
      HEROKU_API_URL: sandbox.urls.heroku,
      HEROKU_REGISTRY_URL: sandbox.urls.registry,
      TOZO_DOCKER_HUB_MIRROR: `http://${hub.name}`,
    });
    return runTozo(['deploy', '--yes', '--image', '.tozo/image'], { cwd: shop.directory, env });
  }
});

/** Pushes a base under the name that FROM has. The sandbox's dynos add their own Node. */
async function pushBase({ name }: Registry, archive: string): Promise<void> {
  const { config, layers } = imageOfTar(await readFile(archive));
  const path = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
  const labeled = { ...config.config, Env: [path], Labels: { 'dev.tozo.stand-in': 'true' } };
  const client = createRegistryClient();
  try {
    const target = { registry: name, repository: 'library/node', tag: '20-slim' };
    await client.push(imageOf({ ...config, config: labeled }, layers), target);
  } finally {
    await client.close();
  }
}
