import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { join } from 'node:path';
import { connect, type TLSSocket } from 'node:tls';
import { expect, test } from 'vitest';
import { startSandbox } from '../../server/server.ts';
import { HerokuApi } from '../../testing/heroku-api.ts';
import { pushImage, webImage } from '../../testing/push-image.ts';
import { temporaryDirectory } from '../../testing/temporary-directory.ts';
import { until } from '../../testing/until.ts';

async function startShop(durations = {}) {
  const directory = await temporaryDirectory();
  const sandbox = await startSandbox({ dir: directory.path, apps: ['shop'], durations });
  const api = new HerokuApi(sandbox);
  const files = {
    'app/echo.js': 'process.stdin.on("data", (data) => process.stdout.write(`${process.env.A}:${data}`));',
    'app/wait.js': 'console.log("waiting"); setInterval(() => {}, 1000);',
  };
  const { imageId } = await pushImage(sandbox, 'shop/web', { ...webImage('hello'), files });
  await api.request('PATCH', '/apps/shop/config-vars', { body: { A: 'app' } });
  await api.release('shop', [{ type: 'web', docker_image: imageId, quantity: 0 }]);
  const ca = () => readFileSync(join(directory.path, 'ca.pem'));
  return {
    api,
    run: (body: object) => api.request('POST', '/apps/shop/dynos', { body }),
    attach: (url: unknown) => attach(String(url), ca()),
    async [Symbol.asyncDispose]() {
      await sandbox.close();
      await directory[Symbol.asyncDispose]();
    },
  };
}

/** Connects like the CLI: to the URL's port, with its path as the first line. */
async function attach(url: string, ca: Buffer): Promise<TLSSocket> {
  const { hostname, port, pathname } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port), ca });
  socket.on('error', () => undefined);
  await once(socket, 'secureConnect');
  socket.write(`${pathname.slice(1)}\r\n`);
  return socket;
}

test('an attached one-off dyno reads what its client sends, and its output goes to no log', async () => {
  await using shop = await startShop();
  const { body: dyno } = await shop.run({
    attach: true,
    command: 'node echo.js',
    force_no_tty: true,
    env: { A: 'own' },
  });
  expect(dyno).toMatchObject({ state: 'starting', type: 'run', size: 'Basic', command: 'node echo.js' });
  expect(dyno['name']).toMatch(/^run\.\d{4}$/);
  const client = await shop.attach(dyno['attach_url']);
  client.write('hello\n');
  client.write('\u0004');
  expect(await text(client)).toBe('rendezvous\r\nown:hello\n');
  const log = await shop.api.log('shop');
  expect(log).toContain(`heroku[${String(dyno['name'])}]: Process exited with status 0`);
  expect(log).not.toContain('own:hello');
  expect(await shop.api.dynos('shop')).toEqual([]);
  await until(
    async () => once(await shop.attach(dyno['attach_url']), 'close'),
    () => true,
  );
});

test('a detached one-off dyno logs its output and is listed until it is stopped', async () => {
  await using shop = await startShop();
  const { body } = await shop.run({ command: 'node wait.js', type: 'web', size: 'standard-2x' });
  expect(body).toMatchObject({ attach_url: null, type: 'web', size: 'Standard-2X' });
  await until(
    () => shop.api.log('shop'),
    (log) => log.includes(`app[${String(body['name'])}]: waiting`),
  );
  expect(await shop.api.dynos('shop')).toMatchObject([{ name: body['name'], state: 'up' }]);
  await shop.api.request('POST', `/apps/shop/dynos/${String(body['name'])}/actions/stop`);
  await until(
    () => shop.api.dynos('shop'),
    (dynos) => dynos.length === 0,
  );
});

test('a one-off dyno ends with its connection, after its time to live, or if no client comes (R13)', async () => {
  await using shop = await startShop({ attach: 200 });
  const attached = await shop.run({ attach: true, command: 'node wait.js' });
  const client = await shop.attach(attached.body['attach_url']);
  await once(client, 'data');
  client.destroy();
  await shop.run({ command: 'node wait.js', time_to_live: 1 });
  await shop.run({ attach: true, command: 'node wait.js' });
  await until(
    () => shop.api.dynos('shop'),
    (dynos) => dynos.length === 0,
  );
  expect(await shop.api.log('shop')).toContain('Error R13 (Attach error)');
});

test('without an image, a command or a valid environment there is no one-off dyno', async () => {
  await using shop = await startShop();
  for (const [body, message] of [
    [{}, 'command is required.'],
    [{ command: 'ls', type: 'worker' }, 'App shop has no image to run worker with: release one first.'],
    [{ command: 'ls', env: { A: '\0' } }, 'env: A contains a NUL character.'],
    [{ command: 'ls\0' }, 'command contains a NUL character.'],
    [{ command: 'ls', size: 'huge' }, 'No such dyno size as huge.'],
    [{ command: 'ls', time_to_live: -1 }, 'time_to_live must be a number of seconds from 1 to 86400.'],
  ] as const) {
    expect(await shop.run(body)).toMatchObject({ status: 422, body: { message } });
  }
});
