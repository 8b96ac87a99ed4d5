import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { startSandbox } from './server.ts';
import { HerokuApi } from '../testing/heroku-api.ts';
import { pushImage, webImage } from '../testing/push-image.ts';
import { until } from '../testing/until.ts';

function temporaryDirectory(): string {
  const dir = mkdtempSync(join(tmpdir(), 'sandbox-test-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

async function listening(): Promise<Server> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return server;
}

test('rejects a port in use, with its number and what to do', async () => {
  const { port } = (await listening()).address() as AddressInfo;
  await expect(startSandbox({ ports: { registry: port } })).rejects.toMatchObject({
    code: 'PORT_TAKEN',
    message: `127.0.0.1:${port}: PORT_TAKEN: another process is using the port. Choose another port for registry, or 0 for any free one.`,
  });
});

test('rejects a directory with other files and leaves it alone', async () => {
  const dir = temporaryDirectory();
  writeFileSync(join(dir, 'thesis.txt'), 'mine');
  await expect(startSandbox({ dir })).rejects.toMatchObject({ code: 'STATE_FORMAT' });
  expect(readdirSync(dir)).toEqual(['thesis.txt']);
});

test('rejects a state directory of another format', async () => {
  const dir = temporaryDirectory();
  writeFileSync(join(dir, 'format.json'), '{"format":99}');
  await expect(startSandbox({ dir })).rejects.toMatchObject({
    code: 'STATE_FORMAT',
    message: expect.stringContaining('has format 99') as string,
  });
});

test('rejects a state directory that can’t be created', async () => {
  const file = join(temporaryDirectory(), 'file');
  writeFileSync(file, '');
  await expect(startSandbox({ dir: join(file, 'sub') })).rejects.toMatchObject({ code: 'STATE_UNWRITABLE' });
});

test('names a corrupt state file', async () => {
  const dir = temporaryDirectory();
  await (await startSandbox({ dir, apps: ['shop'] })).close();
  const [app = ''] = readdirSync(join(dir, 'heroku'));
  for (const path of [join(dir, 'heroku', app), join(dir, 'credentials.json')]) {
    writeFileSync(path, '{');
    const message = expect.stringContaining(path) as string;
    await expect(startSandbox({ dir })).rejects.toMatchObject({ code: 'STATE_CORRUPT', message });
  }
});

test('two sandboxes never share a state directory (fault 158, sandbox)', async () => {
  const dir = temporaryDirectory();
  const first = await startSandbox({ dir, apps: ['shop'] });
  await expect(startSandbox({ dir })).rejects.toMatchObject({
    code: 'STATE_IN_USE',
    message: expect.stringContaining(`process ${process.pid}`) as string,
  });
  await first.close();
  await (await startSandbox({ dir })).close();
  expect(readdirSync(dir)).not.toContain('owner.lock');
});

test('takes over the state directory of a killed process, even if its pid was reused', async () => {
  const dir = temporaryDirectory();
  await (await startSandbox({ dir })).close();
  writeFileSync(join(dir, 'owner.lock'), JSON.stringify({ pid: process.pid, started: '1', time: Date.now() }));
  await (await startSandbox({ dir })).close();
  writeFileSync(join(dir, 'owner.lock'), '{"pid":');
  const sandbox = await startSandbox({ dir });
  expect(sandbox.apps()).toEqual([]);
  await sandbox.close();
});

test('binds to loopback only', async () => {
  await using sandbox = await startSandbox({ apps: ['shop'] });
  const outside = Object.values(networkInterfaces())
    .flat()
    .find((address) => address?.family === 'IPv4' && !address.internal)?.address;
  const ports = [...Object.values(sandbox.urls), sandbox.appUrl('shop') ?? ''].map((url) => Number(new URL(url).port));
  for (const port of ports) {
    expect(await connects(port, '127.0.0.1')).toBe(true);
    if (outside !== undefined) expect(await connects(port, outside)).toBe(false);
  }
});

test('serves only the given services, in the types too', async () => {
  await using sandbox = await startSandbox({ services: ['registry'], apps: ['shop'] });
  expect(Object.keys(sandbox.urls)).toEqual(['registry']);
  // @ts-expect-error -- Heroku's API isn't served
  expect(sandbox.urls.heroku).toBeUndefined();
  await pushImage(sandbox, 'shop/web', webImage('hello'));
});

test('close() removes a temporary state directory and stops the dynos', async () => {
  const sandbox = await startSandbox({ apps: ['shop'] });
  const api = new HerokuApi(sandbox);
  const { imageId } = await pushImage(sandbox, 'shop/web', webImage('%PID%', pidImage));
  await api.release('shop', [{ type: 'web', docker_image: imageId }]);
  const pid = Number(
    await until(
      async () => (await fetch(sandbox.appUrl('shop') ?? '')).text(),
      (text) => /^\d+$/.test(text),
    ),
  );
  expect(() => process.kill(pid, 0)).not.toThrow();
  await sandbox.close();
  await sandbox.close();
  expect(() => process.kill(pid, 0)).toThrow('ESRCH');
});

test('a given state directory keeps apps, config vars, images, releases and keys; dynos restart at the same URL', async () => {
  const dir = temporaryDirectory();
  const first = await startSandbox({ dir, apps: ['shop'] });
  const { imageId } = await pushImage(first, 'shop/web', webImage('hello %NAME%'));
  await new HerokuApi(first).request('PATCH', '/apps/shop/config-vars', { body: { NAME: 'you' } });
  await new HerokuApi(first).release('shop', [{ type: 'web', docker_image: imageId }]);
  const url = first.appUrl('shop');
  const before = await new HerokuApi(first).releases('shop');
  await first.close();
  await using second = await startSandbox({ dir, apps: ['shop'] });
  expect(second.appUrl('shop')).toBe(url);
  expect(second.apiKey).toBe(first.apiKey);
  expect(await new HerokuApi(second).releases('shop')).toEqual(before);
  await until(
    async () => (await fetch(url ?? '')).text(),
    (text) => text === 'hello you',
  );
  expect(statSync(dir).mode & 0o777).toBe(0o700);
  expect(statSync(join(dir, 'credentials.json')).mode & 0o777).toBe(0o600);
});

test('a release that was pending on close is expired after a restart', async () => {
  const dir = temporaryDirectory();
  const first = await startSandbox({ dir, apps: ['shop'] });
  const phase = await pushImage(first, 'shop/release', {
    files: { 'app/main.js': 'setInterval(() => {}, 1000)' },
    command: ['node', 'main.js'],
  });
  await new HerokuApi(first).release('shop', [{ type: 'release', docker_image: phase.imageId }]);
  expect(first.isBusy()).toBe(true);
  await first.close();
  await using second = await startSandbox({ dir });
  expect((await new HerokuApi(second).newestRelease('shop')).status).toBe('expired');
});

test('reset() removes apps, images and the journal and keeps ports and keys', async () => {
  const dir = temporaryDirectory();
  await using sandbox = await startSandbox({ dir, apps: ['shop'] });
  const api = new HerokuApi(sandbox);
  const { imageId } = await pushImage(sandbox, 'shop/web', webImage('hello'));
  await sandbox.reset();
  expect(sandbox.journal.count()).toBe(0);
  expect((await api.get('/apps/shop')).status).toBe(404);
  await sandbox.createApp('shop');
  expect((await api.release('shop', [{ type: 'web', docker_image: imageId }])).status).toBe(422);
  expect(existsSync(join(dir, 'credentials.json'))).toBe(true);
});

test('several sandboxes run side by side', async () => {
  const sandboxes = await Promise.all([1, 2, 3].map(() => startSandbox({ apps: ['shop'] })));
  expect(new Set(sandboxes.map(({ urls }) => urls.heroku)).size).toBe(3);
  const [one, other] = sandboxes;
  const response = await fetch(`${one?.urls.heroku}/account`, {
    headers: { authorization: `Bearer ${other?.apiKey}` },
  });
  expect(response.status).toBe(401);
  await Promise.all(sandboxes.map((sandbox) => sandbox.close()));
});

const pidImage = {
  files: {
    'app/main.js': `require('node:http').createServer((_, response) => response.end(String(process.pid))).listen(process.env.PORT)`,
  },
};

async function connects(port: number, host: string): Promise<boolean> {
  const socket = connect({ port, host });
  return new Promise((resolve) => {
    socket.once('connect', () => resolve(true));
    socket.once('error', () => resolve(false));
  }).then((isConnected) => {
    socket.destroy();
    return isConnected as boolean;
  });
}
