import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { get } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { Fault } from '../faults/fault.ts';
import { HerokuApi } from '../testing/heroku-api.ts';
import { pushImage, webImage } from '../testing/push-image.ts';
import { until } from '../testing/until.ts';
import type * as Connect from './connect.ts';

/** Compiled, because a process takes a second longer to start from source. */
const { connectSandbox } = (await import(
  new URL('../../out/compiled/node_modules/@tozo/sandbox/dist/index.js', import.meta.url).href
)) as typeof Connect;
type ConnectOptions = Connect.ConnectOptions;
type SandboxConnection = Connect.SandboxConnection;

function stateDirectory(): string {
  const dir = mkdtempSync(join(tmpdir(), 'sandbox-background-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

async function start(dir: string, options: ConnectOptions = {}): Promise<SandboxConnection> {
  const connection = await connectSandbox({ dir, start: true, ...options });
  if (!connection) throw new Error('No sandbox was started.');
  if (connection.startedNow) onTestFinished(() => connection.stop());
  return connection;
}

async function untilGone(pid: number): Promise<boolean> {
  return !(await until(
    () => isAlive(pid),
    (alive) => !alive,
  ));
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

test('returns undefined when no sandbox is running', async () => {
  const dir = stateDirectory();
  expect(await connectSandbox({ dir })).toBeUndefined();
  expect(await connectSandbox({ dir: join(dir, 'absent') })).toBeUndefined();
  expect(existsSync(join(dir, 'absent'))).toBe(false);
});

test('rejects a directory that is not writable or not a state directory', async () => {
  const dir = stateDirectory();
  writeFileSync(join(dir, 'file'), '');
  await expect(start(join(dir, 'file', 'sub'))).rejects.toMatchObject({ code: 'STATE_UNWRITABLE' });
  await expect(start(dir)).rejects.toMatchObject({ code: 'STATE_FORMAT' });
});

test('reports why a process failed to start, and its log', async () => {
  const dir = stateDirectory();
  writeFileSync(join(dir, 'format.json'), '{"format":1}');
  writeFileSync(join(dir, 'credentials.json'), '{');
  await expect(start(dir)).rejects.toMatchObject({
    code: 'START_FAILED',
    message: expect.stringMatching(/STATE_CORRUPT.*sandbox\.log/s) as string,
  });
});

test('replaces a killed process, even if its pid was reused; apps and keys remain', async () => {
  const dir = stateDirectory();
  const first = await start(dir);
  await first.ensureApp('shop');
  await new HerokuApi(first).request('PATCH', '/apps/shop/config-vars', { body: { A: '1' } });
  process.kill(first.pid, 'SIGKILL');
  await untilGone(first.pid);
  const file = readFileSync(join(dir, 'connection.json'), 'utf8');
  writeFileSync(join(dir, 'connection.json'), file.replace(`"pid": ${first.pid}`, `"pid": ${process.pid}`));
  expect(await connectSandbox({ dir })).toBeUndefined();
  const second = await start(dir);
  expect(second).toMatchObject({ startedNow: true, apiKey: first.apiKey });
  expect((await new HerokuApi(second).get('/apps/shop/config-vars')).body).toEqual({ A: '1' });
});

test('a stopped process keeps its directory, and is named as not responding (fault 158, sandbox)', async () => {
  const dir = stateDirectory();
  const { pid } = await start(dir);
  process.kill(pid, 'SIGSTOP');
  try {
    for (const options of [{ start: true }, { start: false }]) {
      await expect(connectSandbox({ dir, respondWithinMs: 200, ...options })).rejects.toMatchObject({
        code: 'NOT_RESPONDING',
        message: expect.stringContaining(`kill -CONT ${pid}`) as string,
      });
    }
    rmSync(join(dir, 'connection.json'));
    await expect(start(dir)).rejects.toMatchObject({
      code: 'START_FAILED',
      message: expect.stringMatching(`STATE_IN_USE: the sandbox of process ${pid} `) as string,
    });
  } finally {
    process.kill(pid, 'SIGCONT');
  }
  expect(await untilGone(pid)).toBe(true);
});

test('a second call connects to the process that the first one started', async () => {
  const dir = stateDirectory();
  const first = await start(dir);
  const { webUrl } = await first.ensureApp('shop');
  const second = await start(dir);
  expect(second).toMatchObject({ startedNow: false, pid: first.pid, urls: first.urls, apiKey: first.apiKey });
  await expect(start(dir, { tls: true })).rejects.toMatchObject({ code: 'OPTION_INVALID' });
  expect(await second.ensureApp('shop')).toMatchObject({ webUrl });
  await expect(second.ensureApp('Shop')).rejects.toMatchObject({ code: 'REQUEST_FAILED' });
  expect((await new HerokuApi(second).get('/apps/shop')).status).toBe(200);
  expect(await second.journal()).toMatchObject([{ service: 'heroku', path: '/apps/shop', status: 200 }]);
  expect(await second.status()).toMatchObject({ pid: first.pid, apps: [{ name: 'shop', webUrl }], busy: false, dir });
  const fault: Fault = { on: { service: 'heroku', path: '^/account$' }, effect: { kind: 'answer', status: 500 } };
  expect(await second.addFault(fault)).toEqual({ id: 1, fault, seen: 0, fired: 0 });
  await fetch(`${second.urls.heroku}/account`);
  expect((await second.status()).faults).toEqual([{ id: 1, fault, seen: 1, fired: 1 }]);
  expect(await second.addFault(fault)).toMatchObject({ id: 2 });
  expect(await second.clearFaults(2)).toMatchObject([{ id: 2 }]);
  await expect(second.clearFaults(2)).rejects.toThrow('No fault 2');
  await expect(second.addFault({} as Fault)).rejects.toMatchObject({ code: 'OPTION_INVALID' });
  expect(await second.journal({ status: 500 })).toMatchObject([{ number: 2, faults: ['answer'] }]);
  expect(await second.journal({ after: 2 })).toEqual([]);
  expect(await second.clearFaults()).toMatchObject([{ id: 1, fired: 1 }]);
  expect(await second.faults()).toEqual([]);
  await second.reset();
  expect((await second.status()).apps).toEqual([]);
});

test('serves the real host names over TLS, always on the same port', async () => {
  const dir = stateDirectory();
  await start(dir, { tls: true });
  const sandbox = await start(dir, { tls: true });
  const { port, caFile, names } = sandbox.tls!;
  expect(names.heroku).toEqual(['api.heroku.com']);
  const ask = { host: '127.0.0.1', port, servername: 'api.heroku.com', path: '/account', ca: readFileSync(caFile) };
  const [response] = (await once(get(ask), 'response')) as [IncomingMessage];
  response.resume();
  expect(response.statusCode).toBe(401);
  expect((await sandbox.status()).tls).toEqual(sandbox.tls);
  await expect(start(dir, { tls: { port: port + 1 } })).rejects.toMatchObject({
    code: 'OPTION_INVALID',
    message: expect.stringContaining(`the TLS port is ${port}. Stop it (tozo sandbox stop), then`) as string,
  });
});

test('its admin paths require the token, and keys are neither in its arguments nor readable by others', async () => {
  const dir = stateDirectory();
  const { urls, pid, apiKey } = await start(dir);
  for (const authorization of ['', 'Bearer x', `Bearer ${apiKey}`]) {
    expect((await fetch(`${urls.heroku}/_sandbox/status`, { headers: { authorization } })).status).toBe(401);
  }
  expect(statSync(join(dir, 'connection.json')).mode & 0o777).toBe(0o600);
  const { adminToken } = JSON.parse(readFileSync(join(dir, 'connection.json'), 'utf8')) as { adminToken: string };
  const visible = readFileSync(`/proc/${pid}/cmdline`, 'utf8') + readFileSync(join(dir, 'sandbox.log'), 'utf8');
  for (const secret of [apiKey, adminToken]) expect(visible).not.toContain(secret);
});

test('of several concurrent starts one wins and the others connect, even with a stale lock', async () => {
  const dir = stateDirectory();
  writeFileSync(join(dir, 'start.lock'), JSON.stringify({ pid: 2 ** 22 + 1, time: Date.now() }));
  const connections = await Promise.all([1, 2, 3, 4].map(() => start(dir)));
  expect(new Set(connections.map(({ pid }) => pid)).size).toBe(1);
  expect(connections.filter(({ startedNow }) => startedNow)).toHaveLength(1);
  expect(existsSync(join(dir, 'start.lock'))).toBe(false);
});

test('SIGTERM stops it and its dynos', async () => {
  const dir = stateDirectory();
  const connection = await start(dir);
  const { webUrl } = await connection.ensureApp('shop');
  const { imageId } = await pushImage(connection, 'shop/web', webImage('%HOME%'));
  await new HerokuApi(connection).release('shop', [{ type: 'web', docker_image: imageId }]);
  const home = await until(
    async () => (await fetch(webUrl)).text(),
    (text) => text.startsWith('/'),
  );
  expect(existsSync(home)).toBe(true);
  process.kill(connection.pid, 'SIGTERM');
  expect(await untilGone(connection.pid)).toBe(true);
  expect(existsSync(home)).toBe(false);
  await expect(fetch(webUrl)).rejects.toThrow('fetch failed');
  await expect(connection.status()).rejects.toMatchObject({ code: 'NOT_RUNNING' });
});

test('stops when idle and when its directory is removed, and does not recreate it', async () => {
  const [idle, orphaned] = [stateDirectory(), stateDirectory()];
  const [first, second] = await Promise.all([start(idle, { idleMinutes: 0.01 }), start(orphaned)]);
  rmSync(orphaned, { recursive: true, force: true });
  expect(await Promise.all([untilGone(first.pid), untilGone(second.pid)])).toEqual([true, true]);
  expect(existsSync(join(idle, 'connection.json'))).toBe(false);
  expect(existsSync(orphaned)).toBe(false);
});

test('replaces a process of another version, but not in the middle of a deploy', async () => {
  const dir = stateDirectory();
  writeFileSync(join(dir, 'format.json'), '{"format":1}');
  const other = spawn(process.execPath, ['-e', otherVersion, dir], { stdio: ['ignore', 'inherit', 'inherit'] });
  onTestFinished(() => void other.kill());
  await until(
    () => connectSandbox({ dir }),
    (found) => found?.version === '0.0.9',
  );
  await expect(start(dir)).rejects.toMatchObject({
    code: 'VERSION_MISMATCH',
    message: expect.stringContaining('version 0.0.9') as string,
  });
  writeFileSync(join(dir, 'idle'), '');
  expect(await start(dir)).toMatchObject({ replacedVersion: '0.0.9', startedNow: true });
});

/** Acts as a background process of another version, busy until its directory contains a file `idle`. */
const otherVersion = `
  const { existsSync, writeFileSync } = require('node:fs');
  const [dir] = process.argv.slice(1);
  const answer = (request, response) => {
    if (request.url.endsWith('/stop')) process.exit();
    response.end(JSON.stringify({ id: 'other', pid: process.pid, version: '0.0.9', busy: !existsSync(dir + '/idle') }));
  };
  const server = require('node:http').createServer(answer).listen(0, '127.0.0.1', () => {
    const heroku = 'http://127.0.0.1:' + server.address().port;
    const keys = { apiKey: 'k', gitlabToken: 'k', gitlabJobToken: 'k', adminToken: 'k' };
    const connection = { id: 'other', pid: process.pid, version: '0.0.9', urls: { heroku }, ...keys };
    writeFileSync(dir + '/connection.json', JSON.stringify(connection));
  });
`;
