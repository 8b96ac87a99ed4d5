import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { send, serve } from '../testing/test-server.ts';
import { until } from '../testing/until.ts';
import { Clock } from '../time/clock.ts';
import { createRouter } from './create-router.ts';

/** Opens the address of an app whose web dynos are starting. */
async function startingApp() {
  const clock = new Clock();
  const errors: string[] = [];
  let arrived = 0;
  const router = createRouter({
    clock,
    onRequest: () => arrived++,
    onEnd(_, { result, path }) {
      if (typeof result === 'string') errors.push(`${result} ${path}`);
    },
  });
  const opened = await router.open('shop');
  opened.setTargets([], 'H20');
  return {
    ...opened,
    clock,
    errors,
    hasReceived: (count: number) =>
      until(
        () => arrived,
        (number) => number === count,
      ),
    [Symbol.asyncDispose]: () => router.close(),
  };
}

test('while the first dyno starts, requests wait, and the first dyno up responds', async () => {
  await using dyno = await serve((request, response) => void request.pipe(response));
  await using app = await startingApp();
  const responses = Promise.all(['one', 'two'].map((body) => send(app, '/', { method: 'POST', body })));
  await app.hasReceived(2);
  app.setTargets([{ name: 'web.1', port: dyno.port }], 'H20');
  expect((await responses).map(({ status, text }) => `${status} ${text}`)).toEqual(['200 one', '200 two']);
  expect(app.errors).toEqual([]);
});

test('upgrades wait too', async () => {
  await using dyno = await serve((_, response) => void response.end('no websockets'));
  await using app = await startingApp();
  const socket = connect(app.port, '127.0.0.1');
  socket.write('GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
  await app.hasReceived(1);
  app.setTargets([{ name: 'web.1', port: dyno.port }], 'H20');
  const [first] = await socket.take(1).toArray();
  expect(String(first)).toContain('HTTP/1.1 200 OK');
});

test('H20 after 75 s in the queue', async () => {
  await using app = await startingApp();
  const response = send(app, '/slow');
  await app.hasReceived(1);
  await app.clock.advance(74_000);
  expect(app.errors).toEqual([]);
  await app.clock.advance(1000);
  expect(await response).toMatchObject({ status: 503, headers: { 'x-router-error': 'H20' } });
  expect(app.errors).toEqual(['H20 /slow']);
});

test.each(['H10', 'H14'] as const)('%s at once when nothing starts any more', async (code) => {
  await using app = await startingApp();
  const response = send(app, '/');
  await app.hasReceived(1);
  app.setTargets([], code);
  expect(await response).toMatchObject({ status: 503, headers: { 'x-router-error': code } });
});

test('a client that disconnects leaves the queue (H27)', async () => {
  await using dyno = await serve((_, response) => void response.end());
  await using app = await startingApp();
  const request = httpRequest(app.url).on('error', () => undefined);
  request.end();
  await app.hasReceived(1);
  request.destroy();
  await until(
    () => app.errors,
    ({ length }) => length === 1,
  );
  app.setTargets([{ name: 'web.1', port: dyno.port }], 'H20');
  expect(app.errors).toEqual(['H27 /']);
});
