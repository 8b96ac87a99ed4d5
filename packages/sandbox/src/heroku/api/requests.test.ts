import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { startSandbox } from '../../server/server.ts';
import { HerokuApi } from '../../testing/heroku-api.ts';
import { until } from '../../testing/until.ts';

test('a request without a key, or with a wrong one, is unauthorized', async () => {
  await using sandbox = await startSandbox();
  const api = new HerokuApi(sandbox);
  for (const authorization of ['', 'Bearer HRKU-wrong', 'Basic eDp5', `Token ${sandbox.apiKey}`]) {
    const answer = await api.get('/account', { headers: { authorization } });
    expect(answer.status).toBe(401);
    expect(answer.body['id']).toBe('unauthorized');
    expect(answer.headers.get('request-id')).toMatch(/^[0-9a-f-]{36}$/);
  }
});

test('the key may come as Basic password', async () => {
  await using sandbox = await startSandbox();
  const authorization = `Basic ${Buffer.from(`:${sandbox.apiKey}`).toString('base64')}`;
  expect((await new HerokuApi(sandbox).get('/account', { headers: { authorization } })).status).toBe(200);
});

test.each(['application/json', '*/*', 'application/vnd.heroku+json', 'application/vnd.heroku+json; version=2'])(
  'Accept: %s is not acceptable',
  async (accept) => {
    await using sandbox = await startSandbox();
    const answer = await new HerokuApi(sandbox).get('/account', { headers: { accept } });
    expect(answer.status).toBe(406);
    expect(answer.body['id']).toBe('not_acceptable');
  },
);

test.each(['{', '[]', '"text"', 'null', 'a=b'])('the body %s is a bad request', async (body) => {
  await using sandbox = await startSandbox({ apps: ['shop'] });
  const answer = await new HerokuApi(sandbox).request('PATCH', '/apps/shop/config-vars', { body });
  expect(answer.status).toBe(400);
  expect(answer.body['id']).toBe('bad_request');
});

test.each(['/', '/nothing', '/apps/shop/nothing', '/apps/%ZZ', '/apps//releases', '//'])(
  'the path %s is not found',
  async (path) => {
    await using sandbox = await startSandbox({ apps: ['shop'] });
    const answer = await new HerokuApi(sandbox).get(path);
    expect(answer.status).toBe(404);
    expect(answer.body['id']).toBe('not_found');
  },
);

test('a body past 1 MiB is refused, and a client that goes away harms nobody', async () => {
  await using sandbox = await startSandbox({ apps: ['shop'] });
  const api = new HerokuApi(sandbox);
  const body = { LONG: 'x'.repeat(2 * 1024 * 1024) };
  const answer = await api.request('PATCH', '/apps/shop/config-vars', { body }).catch(() => undefined);
  expect(answer === undefined || answer.status === 413).toBe(true);
  const port = Number(new URL(sandbox.urls.heroku).port);
  const socket = connect(port, '127.0.0.1');
  socket.write(
    `PATCH /apps/shop/config-vars HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${sandbox.apiKey}\r\n` +
      'accept: application/vnd.heroku+json; version=3\r\ncontent-length: 100\r\n\r\n{"A":',
  );
  await until(() => sandbox.isBusy(), Boolean);
  socket.destroy();
  expect((await api.get('/apps/shop/config-vars')).body).toEqual({});
});

test('the account is the key’s own', async () => {
  await using sandbox = await startSandbox();
  const { body } = await new HerokuApi(sandbox).get('/account');
  expect(body['email']).toBe('sandbox@example.com');
});
