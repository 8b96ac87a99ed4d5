import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { Journal } from './journal.ts';
import { startSandbox } from '../server/server.ts';
import { HerokuApi } from '../testing/heroku-api.ts';
import { RawConnection } from '../testing/raw-connection.ts';
import { serve } from '../testing/test-server.ts';
import { until } from '../testing/until.ts';

test('counts requests by service, method, path and status', async () => {
  await using sandbox = await startSandbox({ apps: ['shop'] });
  const api = new HerokuApi(sandbox);
  await api.request('PATCH', '/apps/shop/config-vars', { body: { A: '1' } });
  await api.get('/apps/nothing');
  const { journal } = sandbox;
  expect(journal.count()).toBe(2);
  expect(journal.count({ method: 'PATCH', path: '/apps/shop/config-vars' })).toBe(1);
  expect(journal.count({ status: 404 })).toBe(1);
  expect(journal.count({ service: 'gitlab' })).toBe(0);
  expect(journal.count({ path: /^\/apps\// })).toBe(2);
  expect(journal.count({ path: /^\/apps\//g, after: 1 })).toBe(1);
  expect(journal.entries()[0]).toMatchObject({ bytesIn: '{"A":"1"}'.length, bytesOut: '{"A":"1"}\n'.length });
});

test('records heads and bodies as sent, and the connection', async () => {
  const journal = new Journal();
  await using server = await serve(
    journal.record('heroku', (request, response) => {
      request.resume().on('end', () => {
        response.writeHead(201, 'Made', { 'content-type': 'text/plain', 'X-Two': ['a', 'b'] });
        response.write('hello ');
        response.end('wörld');
      });
    }),
  );
  const first = await RawConnection.open(server);
  const head = 'POST /a HTTP/1.1\r\nHost: api.example\r\ncontent-length: 2\r\n\r\n';
  first.write(`${head}{}`);
  const response = await first.until('0\r\n\r\n');
  first.write(`GET /b HTTP/1.1\r\nHost: x\r\n\r\n`);
  await first.until('0\r\n\r\n');
  const second = await RawConnection.open(server);
  second.write(`GET /c HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
  await second.ended();
  first.destroy();
  const [a, b, c] = journal.entries();
  expect(a).toMatchObject({
    number: 1,
    method: 'POST',
    path: '/a',
    url: 'http://api.example/a',
    status: 201,
    bytesIn: 2,
    bytesOut: Buffer.byteLength('hello wörld'),
    request: { httpVersion: 'HTTP/1.1', headBytes: head.length, body: '{}' },
    answer: { httpVersion: 'HTTP/1.1', statusText: 'Made', body: 'hello wörld' },
    faults: [],
  });
  expect(a?.request.headers).toEqual([
    { name: 'Host', value: 'api.example' },
    { name: 'content-length', value: '2' },
  ]);
  expect(a?.answer.headBytes).toBe(response.indexOf('\r\n\r\n') + 4);
  expect(a?.answer.headers.filter(({ name }) => name === 'X-Two')).toHaveLength(2);
  expect(b?.connection).toBe(a?.connection);
  expect(c?.connection).not.toBe(a?.connection);
});

test('measures the request’s body, the wait and the response', async () => {
  const journal = new Journal();
  const pause = 40;
  await using server = await serve(
    journal.record('heroku', (request, response) => {
      setTimeout(() => connection.write('}'), pause);
      request.resume().on('end', () => {
        setTimeout(() => {
          response.write('a');
          setTimeout(() => response.end('b'), pause);
        }, pause * 2);
      });
    }),
  );
  using connection = await RawConnection.open(server);
  connection.write('POST /a HTTP/1.1\r\nHost: x\r\ncontent-length: 2\r\n\r\n{');
  await connection.until('0\r\n\r\n');
  const { send, wait, receive } = journal.entries()[0]?.timings ?? { send: 0, wait: 0, receive: 0 };
  // A timer may fire a millisecond early.
  expect(send).toBeGreaterThan(pause - 2);
  expect(wait).toBeGreaterThan(pause * 2 - 2);
  expect(receive).toBeGreaterThan(pause - 2);
  expect(journal.entries()[0]?.ms).toBeCloseTo(send + wait + receive, 1);
});

test('records a client that disconnects before the response', async () => {
  const journal = new Journal();
  await using server = await serve(journal.record('heroku', () => undefined));
  const socket = connect(server.port, '127.0.0.1');
  socket.write('GET /slow HTTP/1.1\r\nHost: x\r\n\r\n');
  await until(() => journal.isBusy(), Boolean);
  socket.destroy();
  await journal.settled();
  expect(journal.entries()).toMatchObject([
    { path: '/slow', status: 0, bytesOut: 0, answer: { headers: [], headBytes: 0 } },
  ]);
});

test('counts long, binary and compressed bodies but does not store them', async () => {
  const journal = new Journal();
  await using server = await serve(
    journal.record('registry', (request, response) => {
      request.resume().on('end', () => {
        response.setHeader('content-type', request.url === '/long' ? 'application/json' : 'application/octet-stream');
        response.end(Buffer.alloc(70_000, 'x'));
      });
    }),
  );
  await (await fetch(`${server.url}/long`, { method: 'PUT', body: Buffer.alloc(10) })).arrayBuffer();
  await (await fetch(`${server.url}/binary`)).arrayBuffer();
  const headers = { 'content-type': 'application/json', 'content-encoding': 'gzip' };
  await (await fetch(`${server.url}/gzip`, { method: 'PUT', headers, body: Buffer.alloc(10) })).arrayBuffer();
  expect(
    journal
      .expect()
      .bytesOut(210_000)
      .filter(({ request, answer }) => request.body ?? answer.body),
  ).toEqual([]);
});

test('keeps the newest entries, and headers and bodies of even fewer; numbers continue', async () => {
  const journal = new Journal([], { entries: 5, bytes: 1500 });
  await using server = await serve(journal.record('heroku', (_request, response) => void response.end()));
  for (let request = 1; request <= 8; request++) {
    await fetch(`${server.url}/${request}`, { method: 'POST', body: 'x'.repeat(400) });
  }
  const entries = journal.entries();
  expect(entries.map(({ path }) => path)).toEqual(['/4', '/5', '/6', '/7', '/8']);
  expect(entries.map(({ number }) => number)).toEqual([4, 5, 6, 7, 8]);
  expect(entries.map(({ request }) => request.body?.length)).toEqual([undefined, undefined, undefined, 400, 400]);
  expect(entries[0]).toMatchObject({ bytesIn: 400, status: 200, request: { headers: [] } });
  journal.clear();
  await fetch(`${server.url}/9`);
  expect(journal.entries()).toMatchObject([{ number: 9, path: '/9' }]);
});

test('the sandbox is busy while a request is open', async () => {
  await using sandbox = await startSandbox({ apps: ['shop'] });
  const { journal } = sandbox;
  const { body } = await new HerokuApi(sandbox).request('POST', '/apps/shop/log-sessions', { body: { tail: true } });
  const stream = await fetch(String(body['logplex_url']));
  expect([journal.isBusy(), journal.idleMs()]).toEqual([true, 0]);
  await stream.body?.cancel();
  await journal.settled();
  expect(journal.isBusy()).toBe(false);
});

test('idle time starts at the last activity', async () => {
  const journal = new Journal();
  await new Promise((resolve) => setTimeout(resolve, 20));
  const idle = journal.idleMs();
  expect(idle).toBeGreaterThan(10);
  const before = Date.now();
  journal.touch();
  expect(journal.idleMs()).toBeLessThanOrEqual(Date.now() - before);
});

test('writes() has each request that may change something, with its JSON and without values', async () => {
  await using sandbox = await startSandbox({ apps: ['shop'] });
  const api = new HerokuApi(sandbox);
  await api.get('/apps/shop');
  await api.request('PATCH', '/apps/shop/config-vars', { body: { A: 'some value', B: null } });
  await api.release('shop', [{ type: 'web', quantity: '+1', docker_image: null }]);
  await api.request('DELETE', '/apps/shop/dynos');
  expect(sandbox.journal.writes({ service: 'heroku' })).toEqual([
    {
      service: 'heroku',
      method: 'PATCH',
      path: '/apps/shop/config-vars',
      status: 200,
      body: { A: '[REDACTED]', B: null },
    },
    {
      service: 'heroku',
      method: 'PATCH',
      path: '/apps/shop/formation',
      status: 404,
      body: { updates: [{ type: 'web', quantity: '+1', docker_image: null }] },
    },
    { service: 'heroku', method: 'DELETE', path: '/apps/shop/dynos', status: 202, body: undefined },
  ]);
});
