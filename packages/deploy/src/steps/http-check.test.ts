import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { createHerokuClient } from '@tozo/heroku-client';
import { digestOf } from '@tozo/registry-pusher';
import { afterEach, expect, onTestFinished, test, vi } from 'vitest';
import { checkResponse, type ResponseExpectation } from './http-check.ts';

afterEach(() => vi.unstubAllEnvs());

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

async function check(url: string, expectation: Partial<ResponseExpectation> = {}): Promise<string | undefined> {
  const heroku = createHerokuClient({ apiKey: 'HRKU-key', baseUrl: 'http://127.0.0.1:1' });
  onTestFinished(() => heroku.close());
  return (await checkResponse(heroku, { url, health: { path: '/health' }, ...expectation }, undefined)).problem;
}

const marker = { header: 'X-Version', value: digestOf('new') };

const rows: readonly (readonly [
  string,
  number,
  Record<string, string>,
  string,
  Partial<ResponseExpectation>,
  string | undefined,
])[] = [
  ['200', 200, {}, 'ok', {}, undefined],
  ['204', 204, {}, '', {}, undefined],
  ['500', 500, {}, '', {}, 'GET /health returned 500'],
  ['401', 401, {}, '', {}, 'GET /health returned 401'],
  ['401 if deploy.json says so', 401, {}, '', { health: { path: '/health', status: 401 } }, undefined],
  [
    '200 if deploy.json says 204',
    200,
    {},
    '',
    { health: { path: '/health', status: 204 } },
    'GET /health returned 200 instead of 204',
  ],
  ['a body with the text', 200, {}, 'all is well', { health: { path: '/health', bodyIncludes: 'is well' } }, undefined],
  [
    'a body without the text',
    200,
    {},
    'maintenance',
    { health: { path: '/health', bodyIncludes: 'ok' } },
    'GET /health returned a body without "ok"',
  ],
  ['the new version', 200, { 'x-version': digestOf('new') }, '', { marker }, undefined],
  [
    'another version (fault 68, deploy)',
    200,
    { 'x-version': digestOf('old') },
    '',
    { marker },
    'GET /health returned a different version in X-Version',
  ],
  ['no version', 200, {}, '', { marker }, 'GET /health returned no header X-Version'],
  ['404 of a version whose health path is unknown (fault 101, deploy)', 404, {}, '', { anyResponse: true }, undefined],
  ['503 of a version whose health path is unknown', 503, {}, '', { anyResponse: true }, 'GET /health returned 503'],
  [
    'a redirect to another host (fault 176, deploy)',
    302,
    { location: 'https://login.example/' },
    '',
    {},
    'GET /health redirects to another host, login.example',
  ],
  [
    'a redirect to another scheme',
    302,
    { location: 'ftp://127.0.0.1/' },
    '',
    {},
    'GET /health redirects to "ftp://127.0.0.1/", which isn\'t a web address',
  ],
  ['endless redirects', 302, { location: '/health' }, '', {}, 'GET /health redirects more than 5 times'],
];

test.each(rows)('judges %s', async (_, status, headers, body, expectation, problem) => {
  const url = await serve((_request, response) => void response.writeHead(status, headers).end(body));
  expect(await check(url, expectation)).toBe(problem);
});

test('follows a redirect within the host', async () => {
  const url = await serve(({ url: path }: IncomingMessage, response: ServerResponse) => {
    if (path === '/health') response.writeHead(301, { location: '/health/' }).end();
    else response.end('ok');
  });
  expect(await check(url)).toBeUndefined();
});

test('a redirect to https that nothing serves is named, in one line', async () => {
  const url = await serve((request, response) => {
    response.writeHead(301, { location: `https://${request.headers.host}/` }).end();
  });
  expect(await check(url)).toMatch(
    /^GET \/health redirects to https:\/\/127\.0\.0\.1:\d+, which doesn't respond: [^\n]+$/,
  );
});

test('never sends the API key to the app', async () => {
  const seen: IncomingMessage['headers'][] = [];
  await check(await serve(({ headers }, response) => void (seen.push(headers), response.end())));
  expect(seen).toHaveLength(1);
  expect(JSON.stringify(seen)).not.toContain('HRKU-key');
});

test('says when the app refuses the connection', async () => {
  expect(await check('http://127.0.0.1:1/')).toMatch(/^GET \/health failed: .*ECONNREFUSED/);
});

test('reaches the app through the proxy of the environment (fault 92, deploy)', async () => {
  const app = new URL(await serve((_request, response) => void response.end('ok')));
  const proxy = createServer((_request, response) => void response.writeHead(500).end());
  const targets: string[] = [];
  proxy.on('connect', ({ url: target }, client) => {
    targets.push(target ?? '');
    const upstream = connect(Number(app.port), '127.0.0.1', () => {
      client.write('HTTP/1.1 200 OK\r\n\r\n');
      upstream.pipe(client).pipe(upstream);
    });
    client.on('error', () => upstream.destroy());
    upstream.on('error', () => client.destroy());
  });
  proxy.listen(0, '127.0.0.1');
  await new Promise((resolve) => proxy.once('listening', resolve));
  onTestFinished(() => void proxy.close());
  for (const name of ['https_proxy', 'http_proxy', 'HTTP_PROXY', 'NO_PROXY', 'no_proxy']) vi.stubEnv(name, undefined);
  vi.stubEnv('HTTPS_PROXY', `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`);
  expect(await check('http://shop.example/')).toBeUndefined();
  expect(targets).toEqual(['shop.example:80']);
});
