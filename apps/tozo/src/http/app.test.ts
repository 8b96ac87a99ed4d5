import { get, type IncomingMessage } from 'node:http';
import { describe, expect, it } from 'vitest';
import { postForm, send, startApp, unreachableStore } from '../testing/running-app.ts';

/** Sends GET for a path without resolving its dots, as fetch would. */
function getRaw(port: number, path: string): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    get({ host: '127.0.0.1', port, path, agent: false }, (response) => resolve(response.resume())).on('error', reject);
  });
}

describe('a request that changes data', () => {
  it.each([
    [{ 'sec-fetch-site': 'cross-site' }],
    [{ 'sec-fetch-site': 'same-site' }],
    [{ origin: 'https://elsewhere.example' }],
    [{ origin: 'null' }],
    [{ origin: 'not an origin' }],
  ])('is rejected if it comes from another site: %j', async (headers) => {
    await using app = await startApp();
    const body = new URLSearchParams({ title: 'planted' });
    const form = await fetch(`${app.url}/todos`, { method: 'POST', body, headers });
    const api = await send('POST', `${app.url}/api/todos`, { title: 'planted' }, headers);
    expect([form.status, api.status]).toEqual([403, 403]);
    expect(await app.store.list()).toEqual([]);
  });

  it('is accepted from the app itself, also behind a router that terminates TLS, and from programs', async () => {
    await using app = await startApp();
    const { host } = new URL(app.url);
    for (const headers of [{ 'sec-fetch-site': 'same-origin' }, { origin: `https://${host}` }, {}])
      expect((await send('POST', `${app.url}/api/todos`, { title: 'x' }, headers)).status).toBe(201);
  });
});

describe('every response', () => {
  it('contains the source digest', async () => {
    const sourceDigest = 'sha256:142013fe2b5c07e6c5a8';
    await using app = await startApp({ sourceDigest });
    await using broken = await startApp({ sourceDigest, store: await unreachableStore() });
    const responses = [
      await fetch(app.url),
      await fetch(app.url, { method: 'HEAD' }),
      await fetch(`${app.url}/style.css`),
      await fetch(`${app.url}/api/todos`),
      await send('POST', `${app.url}/api/todos`, { title: 'x' }),
      await fetch(`${app.url}/api/todos/1`, { method: 'DELETE' }),
      await postForm(`${app.url}/todos`, { title: 'x' }),
      await fetch(`${app.url}/nothing`),
      await fetch(`${broken.url}/health`),
    ];
    expect(responses.map((response) => response.status)).toEqual([200, 200, 200, 200, 201, 204, 303, 404, 503]);
    for (const response of responses) expect(response.headers.get('x-source-digest')).toBe(sourceDigest);
  });

  it('omits the header if the source digest is unknown', async () => {
    await using app = await startApp();
    expect((await fetch(app.url)).headers.has('x-source-digest')).toBe(false);
  });

  it('forbids foreign scripts and frames', async () => {
    await using app = await startApp();
    const { headers } = await fetch(app.url);
    expect(headers.get('content-security-policy')).toMatch(/default-src 'none'.*frame-ancestors 'none'/);
    expect(headers.get('x-content-type-options')).toBe('nosniff');
  });
});

describe('health', () => {
  it('is 503 while the database is unreachable, with the reason in the log', async () => {
    await using app = await startApp({ store: await unreachableStore() });
    const response = await fetch(`${app.url}/health`);
    expect([response.status, await response.json()]).toEqual([503, { status: 'unavailable', store: 'postgres' }]);
    expect(app.lines).toEqual([expect.stringMatching(/^unhealthy: Postgres: .*ECONNREFUSED/)]);
  });

  it('is 200 if the list can be read', async () => {
    await using app = await startApp();
    const response = await fetch(`${app.url}/health?verbose`);
    expect([response.status, await response.json()]).toEqual([200, { status: 'ok', store: 'memory' }]);
  });
});

describe('the files of the page', () => {
  it('are sent with their type, and as 304 if the browser has them', async () => {
    await using app = await startApp();
    for (const [file, type] of [
      ['style.css', 'text/css; charset=utf-8'],
      ['enhance.js', 'text/javascript; charset=utf-8'],
      ['icon.svg', 'image/svg+xml'],
    ]) {
      const response = await fetch(`${app.url}/${file}`);
      expect([response.status, response.headers.get('content-type')]).toEqual([200, type]);
      expect(Buffer.byteLength(await response.text())).toBe(Number(response.headers.get('content-length')));
      const again = await fetch(`${app.url}/${file}`, {
        headers: { 'if-none-match': response.headers.get('etag') ?? '' },
      });
      expect([again.status, await again.text()]).toEqual([304, '']);
    }
  });

  it('are the only ones: no path leads out of their directory', async () => {
    await using app = await startApp();
    const paths = [
      '/../server.ts',
      '/..%2fserver.ts',
      '/public/style.css',
      '//style.css',
      '/style.css/',
      '/style.css%00',
    ];
    const responses = await Promise.all(paths.map((path) => getRaw(app.port, path)));
    expect(responses.map((response) => response.statusCode)).toEqual(paths.map(() => 404));
  });
});
