import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { startSandbox } from '../../server/server.ts';
import { HerokuApi } from '../../testing/heroku-api.ts';
import { until } from '../../testing/until.ts';

test('responds 401 to a missing or wrong key', async () => {
  await using sandbox = await startSandbox();
  const api = new HerokuApi(sandbox);
  for (const authorization of ['', 'Bearer HRKU-wrong', 'Basic eDp5', `Token ${sandbox.apiKey}`]) {
    const response = await api.get('/account', { headers: { authorization } });
    expect(response.status).toBe(401);
    expect(response.body['id']).toBe('unauthorized');
    expect(response.headers.get('request-id')).toMatch(/^[0-9a-f-]{36}$/);
  }
});

test('accepts the key as a Basic password', async () => {
  await using sandbox = await startSandbox();
  const authorization = `Basic ${Buffer.from(`:${sandbox.apiKey}`).toString('base64')}`;
  expect((await new HerokuApi(sandbox).get('/account', { headers: { authorization } })).status).toBe(200);
});

test.each(['application/json', '*/*', 'application/vnd.heroku+json', 'application/vnd.heroku+json; version=2'])(
  'responds 406 to Accept: %s',
  async (accept) => {
    await using sandbox = await startSandbox();
    const response = await new HerokuApi(sandbox).get('/account', { headers: { accept } });
    expect(response.status).toBe(406);
    expect(response.body['id']).toBe('not_acceptable');
  },
);

test.each(['{', '[]', '"text"', 'null', 'a=b'])('responds 400 to the body %s', async (body) => {
  await using sandbox = await startSandbox({ apps: ['shop'] });
  const response = await new HerokuApi(sandbox).request('PATCH', '/apps/shop/config-vars', { body });
  expect(response.status).toBe(400);
  expect(response.body['id']).toBe('bad_request');
});

test.each(['/', '/nothing', '/apps/shop/nothing', '/apps/%ZZ', '/apps//releases', '//'])(
  'responds 404 to the path %s',
  async (path) => {
    await using sandbox = await startSandbox({ apps: ['shop'] });
    const response = await new HerokuApi(sandbox).get(path);
    expect(response.status).toBe(404);
    expect(response.body['id']).toBe('not_found');
  },
);

test('rejects a body of more than 1 MiB, and survives a client that disconnects', async () => {
  await using sandbox = await startSandbox({ apps: ['shop'] });
  const api = new HerokuApi(sandbox);
  const body = { LONG: 'x'.repeat(2 * 1024 * 1024) };
  const response = await api.request('PATCH', '/apps/shop/config-vars', { body }).catch(() => undefined);
  expect(response === undefined || response.status === 413).toBe(true);
  const port = Number(new URL(sandbox.urls.heroku).port);
  const socket = connect(port, '127.0.0.1');
  socket.write(
    `PATCH /apps/shop/config-vars HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer ${sandbox.apiKey}\r\n` +
      'accept: application/vnd.heroku+json; version=3\r\ncontent-length: 100\r\n\r\n{"A":',
  );
  await until(() => sandbox.isBusy(), Boolean);
  socket.destroy();
  expect((await api.get('/apps/shop/config-vars')).body).toEqual({});
});

test('the account is the key’s owner', async () => {
  await using sandbox = await startSandbox();
  const { body } = await new HerokuApi(sandbox).get('/account');
  expect(body['email']).toBe('sandbox@example.com');
});

test('an endpoint that only Heroku has gets 501 and names the sandbox; a missing app comes first (fault 161, sandbox)', async () => {
  await using sandbox = await startSandbox({ apps: ['shop'] });
  const api = new HerokuApi(sandbox);
  for (const [path, status, message] of [
    ['/apps/shop/webhooks', 501, 'Heroku has GET /apps/shop/webhooks, but @tozo/sandbox doesn’t.'],
    ['/spaces', 501, 'Heroku has GET /spaces, but @tozo/sandbox doesn’t.'],
    ['/apps/stage/webhooks', 404, 'Couldn’t find that app.'],
    ['/apps/shop/nothing', 404, 'The requested API endpoint was not found.'],
  ] as const) {
    const response = await api.get(path);
    expect([response.status, String(response.body['message']).replace("'", '’')]).toEqual([status, message]);
  }
  expect((await api.request('POST', '/apps/shop/builds', { body: {} })).status).toBe(501);
});

test('a POST can stand for another method, and HEAD has no body (fault 162, sandbox)', async () => {
  await using sandbox = await startSandbox({ apps: ['shop'] });
  const accept = 'application/vnd.heroku+json; version=3';
  const headers = { accept, authorization: `Bearer ${sandbox.apiKey}` };
  const patched = await fetch(`${sandbox.urls.heroku}/apps/shop/config-vars`, {
    method: 'POST',
    headers: { ...headers, 'x-http-method-override': 'PATCH' },
    body: '{"A":"1"}',
  });
  expect([patched.status, await patched.json()]).toEqual([200, { A: '1' }]);
  const head = await fetch(`${sandbox.urls.heroku}/apps/shop`, { method: 'HEAD', headers });
  expect([head.status, await head.text()]).toEqual([200, '']);
  expect(Number(head.headers.get('content-length'))).toBeGreaterThan(500);
});

test('a response that the client has already is 304 (fault 162, sandbox)', async () => {
  await using sandbox = await startSandbox({ apps: ['shop'] });
  const accept = 'application/vnd.heroku+json; version=3';
  const get = (known = '') =>
    fetch(`${sandbox.urls.heroku}/apps/shop`, {
      headers: { accept, authorization: `Bearer ${sandbox.apiKey}`, 'if-none-match': known },
    });
  const etag = (await get()).headers.get('etag') ?? '';
  const again = await get(`"other", W/${etag}`);
  expect([again.status, again.headers.get('etag'), await again.text()]).toEqual([304, etag, '']);
  await new HerokuApi(sandbox).request('PATCH', '/apps/shop', { body: { maintenance: true } });
  expect((await get(etag)).status).toBe(200);
});
