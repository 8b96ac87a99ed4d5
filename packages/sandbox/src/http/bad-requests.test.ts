import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Service } from '../journal/journal.ts';
import type { Sandbox } from '../server/sandbox.ts';
import { startSandbox } from '../server/server.ts';
import { HerokuApi } from '../testing/heroku-api.ts';
import { bodies, headers, methods, paths } from '../testing/hostile-requests.ts';
import { realNames } from '../tls/real-names.ts';
import { send } from '../testing/test-server.ts';

/** 501 is the response to what only the real Heroku has. */
const isFailure = (status: number): boolean => status >= 500 && status !== 501;

const services = ['heroku', 'registry', 'hub', 'gitlab'] as const;

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await startSandbox({ apps: ['shop'] });
});
afterAll(async () => {
  expect(sandbox.journal.entries().filter(({ status }) => isFailure(status))).toEqual([]);
  await sandbox.close();
});

const portOf = (service: Service): number => Number(new URL(sandbox.urls[service]).port);

/** Valid credentials, so only the request is wrong. */
function credentials(service: Service): Record<string, string> {
  const basic = `Basic ${Buffer.from(`_:${sandbox.apiKey}`).toString('base64')}`;
  switch (service) {
    case 'heroku':
      return { accept: 'application/vnd.heroku+json; version=3', authorization: `Bearer ${sandbox.apiKey}` };
    case 'gitlab':
      return { 'private-token': sandbox.gitlabToken };
    case 'registry':
    case 'hub':
      return { authorization: basic };
  }
}

/** Sends raw bytes and returns everything received until the server closes the connection. */
async function raw(service: Service, bytes: string): Promise<string> {
  const socket = connect(portOf(service), '127.0.0.1');
  socket.on('error', () => undefined).write(bytes, 'latin1');
  return await text(socket).catch(() => '');
}

const head = (service: Service, line: string, ...more: readonly string[]): string => {
  const headers = Object.entries(credentials(service)).map(([name, value]) => `${name}: ${value}`);
  return [line, 'host: 127.0.0.1', 'connection: close', ...headers, ...more, '', ''].join('\r\n');
};
const statusOf = (response: string): number => Number(/^HTTP\/1\.1 (\d{3})/.exec(response)?.[1]);

describe.each(services)('%s', (service) => {
  beforeAll(async () => {
    if (sandbox.appUrl('shop') === undefined) await sandbox.createApp('shop');
  });

  test.each([
    ['a request that is not HTTP', () => '\0\x01\x02 what is this\r\n\r\n', 400],
    ['HTTP/2', () => 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 400],
    ['a request without Host', () => 'GET / HTTP/1.1\r\nconnection: close\r\n\r\n', 400],
    [
      '10,000 headers',
      () => head(service, 'GET / HTTP/1.1', ...Array.from({ length: 10_000 }, (_, n) => `x-${n}: y`)),
      431,
    ],
    ['one header of 100 KB', () => head(service, 'GET / HTTP/1.1', `x: ${'y'.repeat(100_000)}`), 431],
    ['a path of 100 KB', () => head(service, `GET /${'a/'.repeat(50_000)} HTTP/1.1`), 431],
    [
      'a body with two lengths',
      () => head(service, 'POST /x HTTP/1.1', 'content-length: 3', 'transfer-encoding: chunked') + 'abc',
      400,
    ],
    [
      'a chunk with an invalid size',
      () => head(service, 'POST /x HTTP/1.1', 'transfer-encoding: chunked') + 'zz\r\n',
      400,
    ],
  ])('rejects %s and closes the connection', async (_what, bytes, status) => {
    expect(statusOf(await raw(service, bytes()))).toBe(status);
  });

  test.each([
    '/v2/../../../etc/passwd/manifests/latest',
    '/v2/shop/../../web/blobs/uploads/',
    '/v2/shop/..%2f..%2f..%2fetc/tags/list',
    '/v2/%2e%2e/%2e%2e/manifests/latest',
    '/v2/shop/web/manifests/..%2f..%2fformat.json',
    '/apps/..%2f..%2fetc%2fpasswd',
    '/apps/%00/releases',
    '/api/v4/projects/..%2f..%2fetc/variables',
    '/api/v4/projects/1/variables/%2e%2e%2f',
    '/sessions/..%2f..',
    '/streams/%ff',
    '//127.0.0.1/',
    '/%',
  ])('GET %s finds nothing', async (path) => {
    const response = await raw(service, head(service, `GET ${path} HTTP/1.1`));
    expect([400, 403, 404]).toContain(statusOf(response));
    expect(response).not.toContain('root:');
  });

  test.each(['TRACE', 'PROPFIND', 'OPTIONS', 'PATCH', 'DELETE', 'LINK'])('rejects %s /', async (method) => {
    const status = statusOf(await raw(service, head(service, `${method} / HTTP/1.1`)));
    expect(status).toBeGreaterThanOrEqual(400);
    expect(status).toBeLessThan(500);
  });

  test('rejects an endless body', async () => {
    const path = {
      heroku: 'PATCH /apps/shop/config-vars',
      registry: 'PUT /v2/shop/web/manifests/latest',
      hub: 'PUT /v2/library/node/manifests/latest',
      gitlab: 'POST /api/v4/projects/1/variables',
    }[service];
    const type = service === 'gitlab' ? 'application/json' : 'application/vnd.docker.distribution.manifest.v2+json';
    const socket = connect(portOf(service), '127.0.0.1').on('error', () => undefined);
    socket.write(head(service, `${path} HTTP/1.1`, `content-type: ${type}`, 'transfer-encoding: chunked'));
    const chunk = `10000\r\n${'x'.repeat(0x10000)}\r\n`;
    const write = (): void => {
      while (socket.writable && socket.write(chunk));
    };
    socket.on('drain', write);
    write();
    const response = await text(socket).catch(() => '');
    // The response is lost if the server's reset arrives first.
    expect(response === '' ? 413 : statusOf(response)).toBeOneOf([403, 405, 413]);
    socket.destroy();
  });

  test('a client that disconnects at any point leaves no request open', async () => {
    const request = head(service, 'PATCH /apps/shop/config-vars HTTP/1.1', 'content-length: 100') + '{"A":';
    for (let sent = 1; sent <= request.length; sent += 23) {
      const socket = connect(portOf(service), '127.0.0.1').on('error', () => undefined);
      await new Promise((resolve) => socket.write(request.slice(0, sent), resolve));
      socket.resetAndDestroy();
    }
    await expect.poll(() => sandbox.isBusy()).toBe(false);
  });

  test('no request gets a 5xx', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...methods),
        paths(service),
        bodies,
        headers,
        async (method, path, body, more) => {
          if (sandbox.appUrl('shop') === undefined) await sandbox.createApp('shop');
          const hasBody = method !== 'GET' && method !== 'HEAD';
          const response = await send({ port: portOf(service) }, path, {
            method,
            headers: { ...credentials(service), 'content-type': 'application/json', ...more },
            ...(hasBody && { body }),
          });
          expect(isFailure(response.status), `${method} ${path} ${body}: ${response.status}`).toBe(false);
        },
      ),
      { numRuns: 120 },
    );
  });
});

test.each(services)('%s refuses other host names and pages of other origins (fault 165, sandbox)', async (service) => {
  const port = portOf(service);
  const known = { host: `127.0.0.1:${port}` };
  const request = (headers: Record<string, string>) =>
    send({ port }, '/apps', {
      method: 'POST',
      headers: { ...credentials(service), accept: 'application/vnd.heroku+json; version=3', ...headers },
      body: '{"name":"stage"}',
    });
  for (const headers of [
    { host: 'evil.example.com' },
    { host: `127.0.0.1.evil.example.com:${port}` },
    { ...known, origin: 'https://evil.example.com' },
    { ...known, origin: `http://127.0.0.1:${port + 1}` },
    { ...known, origin: 'null' },
  ]) {
    const response = await request(headers);
    expect([response.status, response.text]).toEqual([403, expect.stringContaining('Refused: ')]);
  }
  expect(sandbox.appUrl('stage')).toBeUndefined();
  for (const host of ['localhost', 'shop.localhost:1', '[::1]:80', ...realNames[service]]) {
    expect((await request({ host })).text, host).not.toContain('Refused');
  }
  expect((await request({ ...known, origin: `http://127.0.0.1:${port}` })).text).not.toContain('Refused');
  if (sandbox.appUrl('stage') !== undefined) await new HerokuApi(sandbox).request('DELETE', '/apps/stage');
});

test('a request whose head never ends is cut, on every port (fault 159, sandbox)', async () => {
  await using slow = await startSandbox({ apps: ['shop'], durations: { requestHead: 300 } });
  const ports = [...Object.values(slow.urls), slow.appUrl('shop') ?? ''].map((url) => Number(new URL(url).port));
  const beginnings = ['', 'GET / HTTP/1.1\r\nhost: x\r\nx-half: '];
  const cuts = ports.flatMap((port) =>
    beginnings.map(async (beginning) => {
      const socket = connect(port, '127.0.0.1');
      socket.on('error', () => undefined).resume();
      socket.write(beginning);
      await once(socket, 'close');
    }),
  );
  await expect(Promise.all(cuts)).resolves.toHaveLength(10);
});
