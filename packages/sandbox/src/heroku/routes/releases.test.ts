import { expect, test } from 'vitest';
import { startSandbox } from '../../server/server.ts';
import { type ApiResponse, HerokuApi, type Release } from '../../testing/heroku-api.ts';
import { pushImage, webImage } from '../../testing/push-image.ts';
import { until } from '../../testing/until.ts';

const rollback = (api: HerokuApi, release: string) => api.request('POST', '/apps/shop/releases', { body: { release } });

test('rejects a rollback to a missing release or to one without images (fault 73, sandbox)', async () => {
  await using sandbox = await startSandbox({ apps: ['shop'] });
  const api = new HerokuApi(sandbox);
  expect((await rollback(api, '00000000-0000-4000-8000-000000000000')).status).toBe(404);
  const [initial] = await api.releases('shop');
  expect(initial?.eligible_for_rollback).toBe(false);
  expect((await rollback(api, initial?.id ?? '')).status).toBe(422);
  expect((await api.request('POST', '/apps/shop/releases', { body: { slug: 'x' } })).status).toBe(422);
  expect(await api.releases('shop')).toHaveLength(2);
});

test('responds 404 to an unknown release', async () => {
  await using sandbox = await startSandbox({ apps: ['shop'] });
  const api = new HerokuApi(sandbox);
  for (const release of ['99', 'v2', '00000000-0000-4000-8000-000000000000']) {
    expect((await api.get(`/apps/shop/releases/${release}`)).status).toBe(404);
  }
});

test('a rollback creates a release with the earlier images and config vars (fault 76, sandbox)', async () => {
  await using sandbox = await startSandbox({ apps: ['shop'] });
  const api = new HerokuApi(sandbox);
  const text = async () => (await fetch(sandbox.appUrl('shop') ?? '')).text();
  await api.request('PATCH', '/apps/shop/config-vars', { body: { NAME: 'then' } });
  const first = await pushImage(sandbox, 'shop/web', webImage('first %NAME%'));
  await api.release('shop', [{ type: 'web', docker_image: first.imageId }]);
  await until(text, (body) => body === 'first then');
  await api.request('PATCH', '/apps/shop/config-vars', { body: { NAME: 'now', MORE: '1' } });
  const second = await pushImage(sandbox, 'shop/web', webImage('second %NAME%'));
  await api.release('shop', [{ type: 'web', docker_image: second.imageId }]);
  await until(text, (body) => body === 'second now');

  const v4 = (await api.get<Release>('/apps/shop/releases/4')).body;
  expect(v4.eligible_for_rollback).toBe(true);
  const created = await rollback(api, v4.id);
  expect(created.status).toBe(201);
  expect(created.body).toMatchObject({ version: 7, description: 'Rollback to v4', status: 'succeeded', current: true });
  await until(text, (body) => body === 'first then');
  expect((await api.get('/apps/shop/config-vars')).body).toEqual({ NAME: 'then' });
});

test('only the newest successful release is current', async () => {
  await using sandbox = await startSandbox({ apps: ['shop'] });
  const api = new HerokuApi(sandbox);
  await api.request('PATCH', '/apps/shop/config-vars', { body: { A: '1' } });
  expect((await api.releases('shop')).map(({ current }) => current)).toEqual([false, false, true]);
});

test('pages through releases by version, newest first with order=desc', async () => {
  await using sandbox = await startSandbox({ apps: ['shop'] });
  const api = new HerokuApi(sandbox);
  for (const value of ['1', '2', '3']) await api.request('PATCH', '/apps/shop/config-vars', { body: { A: value } });
  const pages: number[][] = [];
  let range: string | null = 'version ..; max=2, order=desc';
  while (range) {
    const page: ApiResponse<Release[]> = await api.get('/apps/shop/releases', { headers: { range } });
    pages.push(page.body.map(({ version }) => version));
    range = page.headers.get('next-range');
    expect(page.status).toBe(range ? 206 : 200);
    expect(page.headers.get('accept-ranges')).toBe('version, id');
  }
  expect(pages).toEqual([[5, 4], [3, 2], [1]]);
});

test('responds 416 to an invalid range', async () => {
  await using sandbox = await startSandbox({ apps: ['shop'] });
  const api = new HerokuApi(sandbox);
  for (const range of ['color ..', 'version', 'version ..; max=0', 'version ..; max=1001', 'version ..; order=up']) {
    const response = await api.get('/apps/shop/releases', { headers: { range } });
    expect(response.status).toBe(416);
    expect(response.body['id']).toBe('requested_range_not_satisfiable');
  }
});
