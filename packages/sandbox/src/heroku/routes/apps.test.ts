import { expect, test } from 'vitest';
import { startSandbox } from '../../server/server.ts';
import { HerokuApi } from '../../testing/heroku-api.ts';

test('responds 404 to an unknown app and 403 to someone else’s', async () => {
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
  'rejects the app name %s',
  async (name) => {
    await using sandbox = await startSandbox();
    const response = await new HerokuApi(sandbox).request('POST', '/apps', { body: { name } });
    expect(response.status).toBe(422);
    expect(response.body['id']).toBe('invalid_params');
    await expect(sandbox.createApp(name)).rejects.toMatchObject({ code: 'OPTION_INVALID' });
  },
);

test('rejects an app name that is already in use', async () => {
  await using sandbox = await startSandbox({ apps: ['shop'], foreignApps: ['theirs'] });
  const api = new HerokuApi(sandbox);
  for (const name of ['shop', 'theirs']) {
    const response = await api.request('POST', '/apps', { body: { name } });
    expect(response.status).toBe(422);
    expect(response.body['message']).toBe(`Name ${name} is already taken`);
  }
});

test('creates an app, finds it by name and ID, lists and deletes it', async () => {
  await using sandbox = await startSandbox();
  const api = new HerokuApi(sandbox);
  const created = await api.request('POST', '/apps', { body: { name: 'shop', stack: 'container' } });
  expect(created.status).toBe(201);
  expect(created.body).toMatchObject({ name: 'shop', stack: { name: 'container' }, maintenance: false });
  expect((await api.get(`/apps/${String(created.body['id'])}`)).body['name']).toBe('shop');
  expect((await api.get<unknown[]>('/apps')).body).toHaveLength(1);
  expect((await api.request('DELETE', '/apps/shop')).status).toBe(200);
  expect((await api.get('/apps/shop')).status).toBe(404);
  expect(sandbox.appUrl('shop')).toBeUndefined();
});

test('keeps the region of a new app: us without one', async () => {
  await using sandbox = await startSandbox();
  const api = new HerokuApi(sandbox);
  await api.request('POST', '/apps', { body: { name: 'shop-eu', region: 'eu' } });
  await api.request('POST', '/apps', { body: { name: 'shop' } });
  expect((await api.get('/apps/shop-eu')).body['region']).toMatchObject({ name: 'eu' });
  expect((await api.get('/apps/shop')).body['region']).toMatchObject({ name: 'us' });
});

test('generates a name, and uses the default stack', async () => {
  await using sandbox = await startSandbox();
  const created = await new HerokuApi(sandbox).request('POST', '/apps', { body: {} });
  expect(created.status).toBe(201);
  expect(created.body['stack']).toMatchObject({ name: 'heroku-24' });
});

test('a new app responds with H14, and with H80 in maintenance mode', async () => {
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

test('rejects maintenance unless it’s a boolean', async () => {
  await using sandbox = await startSandbox({ apps: ['shop'] });
  const response = await new HerokuApi(sandbox).request('PATCH', '/apps/shop', { body: { maintenance: 'yes' } });
  expect(response.status).toBe(422);
});

test('an app keeps its address when it is renamed', async () => {
  await using sandbox = await startSandbox({ apps: ['shop'] });
  const url = sandbox.appUrl('shop');
  const renamed = await new HerokuApi(sandbox).request('PATCH', '/apps/shop', { body: { name: 'store' } });
  expect(renamed.body['web_url']).toBe(url);
  expect(sandbox.appUrl('shop')).toBeUndefined();
  expect(sandbox.appUrl('store')).toBe(url);
});

test('fields that the sandbox doesn’t keep are refused, not dropped', async () => {
  await using sandbox = await startSandbox({ apps: ['shop'] });
  const api = new HerokuApi(sandbox);
  for (const body of [{ region: 'eu' }, { locked: true }, { team: 'us' }, { feature_flags: ['a'] }]) {
    const [field] = Object.keys(body);
    expect(await api.request('PATCH', '/apps/shop', { body })).toMatchObject({
      status: 501,
      body: { id: 'not_implemented', message: `Heroku has ${field} in PATCH /apps/:app, but @tozo/sandbox doesn't.` },
    });
  }
  expect((await api.request('POST', '/apps', { body: { locked: true } })).status).toBe(501);
  expect((await api.request('POST', '/apps', { body: { locked: false, feature_flags: [] } })).status).toBe(201);
});
