import { expect, test } from 'vitest';
import { startSandbox } from '../../server/server.ts';
import { HerokuApi } from '../../testing/heroku-api.ts';

test('an unknown app is not found, and one of somebody else is forbidden', async () => {
  await using sandbox = await startSandbox({ foreignApps: ['theirs'] });
  const api = new HerokuApi(sandbox);
  const missing = await api.get('/apps/nothing');
  expect(missing.status).toBe(404);
  expect(missing.body).toMatchObject({ id: 'not_found', message: "Couldn't find that app." });
  const theirs = await api.get('/apps/theirs/releases');
  expect(theirs.status).toBe(403);
  expect(theirs.body['id']).toBe('forbidden');
});

test.each(['Shop', '1shop', 'shop-', 'sh', 'a'.repeat(31), 'shöp', '../shop'])(
  'the app name %s is refused',
  async (name) => {
    await using sandbox = await startSandbox();
    const answer = await new HerokuApi(sandbox).request('POST', '/apps', { body: { name } });
    expect(answer.status).toBe(422);
    expect(answer.body['id']).toBe('invalid_params');
    await expect(sandbox.createApp(name)).rejects.toMatchObject({ code: 'OPTION_INVALID' });
  },
);

test('a name that is taken, by oneself or by another, is refused', async () => {
  await using sandbox = await startSandbox({ apps: ['shop'], foreignApps: ['theirs'] });
  const api = new HerokuApi(sandbox);
  for (const name of ['shop', 'theirs']) {
    const answer = await api.request('POST', '/apps', { body: { name } });
    expect(answer.status).toBe(422);
    expect(answer.body['message']).toBe(`Name ${name} is already taken`);
  }
});

test('an app is made, found by name and id, listed, and deleted', async () => {
  await using sandbox = await startSandbox();
  const api = new HerokuApi(sandbox);
  const made = await api.request('POST', '/apps', { body: { name: 'shop', stack: 'container' } });
  expect(made.status).toBe(201);
  expect(made.body).toMatchObject({ name: 'shop', stack: { name: 'container' }, maintenance: false });
  expect((await api.get(`/apps/${String(made.body['id'])}`)).body['name']).toBe('shop');
  expect((await api.get<unknown[]>('/apps')).body).toHaveLength(1);
  expect((await api.request('DELETE', '/apps/shop')).status).toBe(200);
  expect((await api.get('/apps/shop')).status).toBe(404);
  expect(sandbox.appUrl('shop')).toBeUndefined();
});

test('an app without a name gets one, and the stack that new apps have', async () => {
  await using sandbox = await startSandbox();
  const made = await new HerokuApi(sandbox).request('POST', '/apps', { body: {} });
  expect(made.status).toBe(201);
  expect(made.body['stack']).toMatchObject({ name: 'heroku-24' });
});

test('a new app answers that it has no web dynos, and in maintenance that it is', async () => {
  await using sandbox = await startSandbox({ apps: ['shop'] });
  const api = new HerokuApi(sandbox);
  const url = sandbox.appUrl('shop') ?? '';
  const empty = await fetch(url);
  expect(empty.status).toBe(503);
  expect(empty.headers.get('x-router-error')).toBe('H14');
  const changed = await api.request('PATCH', '/apps/shop', { body: { maintenance: true } });
  expect(changed.body['maintenance']).toBe(true);
  expect((await fetch(url)).headers.get('x-router-error')).toBe('H80');
  await api.request('PATCH', '/apps/shop', { body: { maintenance: false } });
  expect((await fetch(url)).headers.get('x-router-error')).toBe('H14');
});

test('maintenance that is no boolean is refused', async () => {
  await using sandbox = await startSandbox({ apps: ['shop'] });
  const answer = await new HerokuApi(sandbox).request('PATCH', '/apps/shop', { body: { maintenance: 'yes' } });
  expect(answer.status).toBe(422);
});

test('an app keeps its address when it is renamed', async () => {
  await using sandbox = await startSandbox({ apps: ['shop'] });
  const url = sandbox.appUrl('shop');
  const renamed = await new HerokuApi(sandbox).request('PATCH', '/apps/shop', { body: { name: 'store' } });
  expect(renamed.body['web_url']).toBe(url);
  expect(sandbox.appUrl('shop')).toBeUndefined();
  expect(sandbox.appUrl('store')).toBe(url);
});
