import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { createRegistryClient, digestOf, type Image, imageOf } from '@tozo/registry-pusher';
import { type Sandbox, startSandbox } from '@tozo/sandbox';
import { pack } from 'tar-stream';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { cleanEnvironment, runTozo } from '../src/testing/tozo.ts';
import { daemonBlocker, daemonPrograms, type DockerDaemon, startDockerDaemon } from './docker-daemon.ts';
import { machineImage } from './machine-image.ts';
import { missingPrograms } from './server-process.ts';

const absent = missingPrograms(daemonPrograms);
const blocker = absent.length > 0 ? `not installed: ${absent.join(', ')} (apt-get install docker.io)` : daemonBlocker();
if (blocker !== undefined) console.log(`skipped: ${blocker}`);

/** Responds with facts about itself, grows by N MB at /grow/N, and logs SIGTERM. */
const program = `
  const fs = require('node:fs');
  const ballast = [];
  console.log('listening on ' + process.env.PORT);
  console.error('an error line');
  require('node:http').createServer((request, response) => {
    const grow = /^\\/grow\\/(\\d+)/.exec(request.url);
    if (grow) ballast.push(Buffer.alloc(grow[1] * 2 ** 20, 1));
    const note = '/tmp/note';
    const before = fs.existsSync(note);
    fs.writeFileSync(note, 'x');
    const { DYNO, LOG_LEVEL } = process.env;
    response.end(JSON.stringify({ uid: process.getuid(), cwd: process.cwd(), DYNO, LOG_LEVEL, before, files: fs.readdirSync('/app') }));
  }).listen(process.env.PORT, '127.0.0.1');
  process.on('SIGTERM', () => { console.log('got SIGTERM'); if (!process.env.STUBBORN) process.exit(0); });`;

describe.skipIf(blocker !== undefined)('dynos in containers of a real Docker Engine', () => {
  let engine: DockerDaemon;
  let sandbox: Sandbox;
  let image: Image;

  beforeAll(async () => {
    [engine, image] = await Promise.all([startDockerDaemon(), appImage()]);
    vi.stubEnv('DOCKER_HOST', `unix://${engine.socketPath}`);
    const durations = { killAfter: 500, memoryCheck: 200, crashBackoff: [60_000] };
    sandbox = await startSandbox({ apps: ['shop'], dynos: 'docker', dynoMemoryMb: 100, durations });
    await request(sandbox, 'PATCH', '/apps/shop/config-vars', { LOG_LEVEL: 'debug' });
    await release(sandbox, image);
  });
  afterAll(async () => {
    vi.unstubAllEnvs();
    await sandbox.close();
    await engine[Symbol.asyncDispose]();
  });

  const containers = async (format = '{{.Label "dev.tozo.app"}} {{.Label "dev.tozo.dyno"}}') =>
    (await engine.docker('ps', '-a', '--format', format)).trim().split('\n').filter(Boolean).sort();
  /** Waits until the log matches and returns the match. */
  const waitForLog = async (text: RegExp) =>
    await vi.waitFor(
      async () => {
        const log = await logOf(sandbox);
        expect(log).toMatch(text);
        return text.exec(log)?.[0];
      },
      { timeout: 30_000, interval: 200 },
    );

  it('respond at their port without privileges, each with a new disk, and their output is logged', async () => {
    const response = await responseOf(sandbox);
    const facts = { uid: 54321, cwd: '/app', DYNO: 'web.1', LOG_LEVEL: 'debug', before: false, files: ['main.js'] };
    expect(response).toEqual(facts);
    expect(await responseOf(sandbox)).toMatchObject({ before: true });
    await vi.waitFor(async () => expect(await containers()).toEqual(['shop web.1', 'shop worker.1']), 30_000);
    expect((await engine.docker('ps', '--format', '{{.Ports}}')).trim()).toBe('');

    await request(sandbox, 'DELETE', '/apps/shop/dynos/web.1');
    await vi.waitFor(async () => expect(await responseOf(sandbox)).toMatchObject({ before: false }), 30_000);
    await waitForLog(/SIGTERM\n.*app\[web\.1\]: got SIGTERM\n.*heroku\[web\.1\]: Process exited with status 0/s);
    const log = await logOf(sandbox);
    expect(log).toMatch(/app\[web\.1\]: listening on \d+\n/);
    expect(log).toContain('app[web.1]: an error line\n');
    expect(log).toContain('app[worker.1]: listening on undefined\n');
  });

  it('log R14 above their memory quota, and are killed with R15 at twice the quota', async () => {
    await responseOf(sandbox, '/grow/110');
    await waitForLog(
      /heroku\[web\.1\]: Process running mem=1\d\dM\(1\d\d\.\d%\)\n.*heroku\[web\.1\]: Error R14 \(Memory quota exceeded\)/,
    );
    await fetch(`${sandbox.appUrl('shop')}grow/150`).catch(() => undefined);
    const end = await waitForLog(
      /Error R15 \(Memory quota vastly exceeded\)\n.*Stopping process with SIGKILL\n.*Process exited with status 137\n.*to crashed/,
    );
    expect(end).not.toContain('R14');
  });

  it('are killed if they ignore SIGTERM', async () => {
    await request(sandbox, 'PATCH', '/apps/shop/config-vars', { STUBBORN: '1' });
    await responseOf(sandbox);
    await request(sandbox, 'DELETE', '/apps/shop/dynos/web.1');
    const end = await waitForLog(
      /app\[web\.1\]: got SIGTERM\n((?!exited with).)*heroku\[web\.1\]: Process exited with status 137\n/s,
    );
    expect(end).not.toContain('to crashed');
  });

  it('crash if the image lacks their command, and the log says why', async () => {
    await request(sandbox, 'PATCH', '/apps/shop/formation', { updates: [{ type: 'web', command: '/app/absent' }] });
    await request(sandbox, 'PATCH', '/apps/shop/config-vars', { ANOTHER: 'release' });
    await waitForLog(/Process failed to start: .*\/app\/absent.*\n.*to crashed/);
    expect((await fetch(sandbox.appUrl('shop') ?? '')).headers.get('x-router-error')).toBe('H10');
  });

  it('are removed at the next start if their sandbox no longer runs, unlike those of other sandboxes', async () => {
    const [tag = ''] = (await engine.docker('image', 'ls', '--format', '{{.Repository}}:{{.Tag}}')).trim().split('\n');
    const own = tag.replace(/:.*/, '');
    for (const [app, owner] of [
      ['elsewhere', 'tozo-sandbox/0123456789ab-0123456789ab-1'],
      ['dead', own.replace(/\d+$/, '4194305')],
    ] as const) {
      await engine.docker('create', '--label', `dev.tozo.sandbox=${owner}`, '--label', `dev.tozo.app=${app}`, tag);
    }
    await using _next = await startSandbox({ dynos: 'docker' });
    const apps = await containers('{{.Label "dev.tozo.app"}}');
    expect(apps).toContain('elsewhere');
    expect(apps).toContain('shop');
    expect(apps).not.toContain('dead');
    await engine.docker('rm', (await engine.docker('ps', '-aqf', 'label=dev.tozo.app=elsewhere')).trim());
  });

  it('are started by `tozo sandbox start --dynos docker`, and a running sandbox keeps its kind of dynos', async () => {
    const state = await mkdtemp(join(tmpdir(), 'tozo-docker-dynos-'));
    const env = cleanEnvironment({ TOZO_SANDBOX_DIR: state, DOCKER_HOST: `unix://${engine.socketPath}` });
    const tozo = async (...args: string[]) => await runTozo(['sandbox', ...args], { cwd: state, env });
    try {
      const started = await tozo('start', '--dynos', 'docker', '--json');
      expect(started.stderr).toBe('');
      expect(JSON.parse(started.stdout)).toMatchObject({ running: true, dynos: 'docker' });
      const other = await tozo('start', '--dynos', 'process');
      expect(other.code).not.toBe(0);
      expect(other.stderr).toMatch(/dynos are containers. Stop it \(tozo sandbox stop\)/);
    } finally {
      await tozo('stop');
      await rm(state, { recursive: true, force: true });
    }
  });

  it('are removed with their images when the sandbox closes', async () => {
    await sandbox.close();
    expect(await containers()).toEqual([]);
    expect(await engine.docker('image', 'ls', '-q')).toBe('');
  });

  it('are removed with their images when the sandbox is killed', async () => {
    await sandbox.close();
    const dir = await mkdtemp(join(tmpdir(), 'tozo-docker-dynos-'));
    const doomed = fileURLToPath(new URL('doomed-sandbox.ts', import.meta.url));
    const child = spawn(process.execPath, ['--conditions=@tozo/source', '--import=tsx', doomed, dir, 'docker'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
    await release(JSON.parse(line) as Sandbox, sleepingImage());
    await vi.waitFor(async () => expect(await containers()).toHaveLength(2), 60_000);
    child.kill('SIGKILL');
    await vi.waitFor(async () => expect(await engine.docker('image', 'ls', '-q')).toBe(''), 60_000);
    expect(await containers()).toEqual([]);
    await rm(dir, { recursive: true, force: true });
  });
});

function sleepingImage(): Image {
  const { config, layers } = machineImage(['sleep']);
  return imageOf({ ...config, config: { ...config.config, Cmd: ['/bin/sleep', '1000'] } }, layers);
}

async function appImage(): Promise<Image> {
  const base = machineImage(['node']);
  const archive = pack();
  archive.entry({ name: 'tmp', type: 'directory', mode: 0o1777 });
  archive.entry({ name: 'app/main.js' }, program);
  archive.finalize();
  const tar = await buffer(archive);
  const diffId = digestOf(tar);
  const config = {
    ...base.config,
    config: { ...base.config.config, Cmd: ['/bin/node', 'main.js'], WorkingDir: '/app' },
    rootfs: { ...base.config.rootfs, diff_ids: [...base.config.rootfs.diff_ids, diffId] },
    history: [...(base.config.history ?? []), { created_by: 'COPY main.js /app/' }],
  };
  return imageOf(config, [...base.layers, { kind: 'tar', diffId, tar: () => Readable.from([tar]) }]);
}

/** Pushes the image for two process types and releases it. */
async function release(sandbox: Pick<Sandbox, 'urls' | 'apiKey'>, image: Image): Promise<void> {
  const registry = new URL(sandbox.urls.registry).host;
  const client = createRegistryClient({
    endpoints: { [registry]: { credentials: { username: '_', password: sandbox.apiKey } } },
  });
  const { imageId } = await client.push(image, { registry, repository: 'shop/web' });
  await client.push(image, { registry, repository: 'shop/worker' });
  await client.close();
  await request(sandbox, 'PATCH', '/apps/shop/formation', {
    updates: ['web', 'worker'].map((type) => ({ type, docker_image: imageId, quantity: 1 })),
  });
}

async function request(
  sandbox: Pick<Sandbox, 'urls' | 'apiKey'>,
  method: string,
  path: string,
  body?: object,
): Promise<unknown> {
  const response = await fetch(`${sandbox.urls.heroku}${path}`, {
    method,
    headers: {
      accept: 'application/vnd.heroku+json; version=3.docker-releases',
      authorization: `Bearer ${sandbox.apiKey}`,
      'content-type': 'application/json',
    },
    ...(body && { body: JSON.stringify(body) }),
  });
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
  return await response.json();
}

/** Returns the app's response once it is up. */
async function responseOf(sandbox: Sandbox, path = '/'): Promise<unknown> {
  return await vi.waitFor(
    async () => {
      const response = await fetch(new URL(path, sandbox.appUrl('shop')));
      if (!response.ok) throw new Error(`${await response.text()}\n${await logOf(sandbox)}`);
      return await response.json();
    },
    { timeout: 30_000, interval: 200 },
  );
}

async function logOf(sandbox: Sandbox): Promise<string> {
  const session = await request(sandbox, 'POST', '/apps/shop/log-sessions', { lines: 500 });
  return await (await fetch((session as { logplex_url: string }).logplex_url)).text();
}
