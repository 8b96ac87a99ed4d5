import { expect, test } from 'vitest';
import { startSandbox } from '../../server/server.ts';
import { type ApiResponse, HerokuApi, type Release } from '../../testing/heroku-api.ts';
import { pushImage, webImage } from '../../testing/push-image.ts';
import { until } from '../../testing/until.ts';

const rollback = (api: HerokuApi, release: string) => api.request('POST', '/apps/shop/releases', { body: { release } });

test('a rollback to a release that is not there or ran nothing is refused (fault 73, sandbox)', async () => {
  await using sandbox = await startSandbox({ apps: ['shop'] });
  const api = new HerokuApi(sandbox);
  expect((await rollback(api, '00000000-0000-4000-8000-000000000000')).status).toBe(404);
  const [initial] = await api.releases('shop');
  expect(initial?.eligible_for_rollback).toBe(false);
  expect((await rollback(api, initial?.id ?? '')).status).toBe(422);
  expect((await api.request('POST', '/apps/shop/releases', { body: { slug: 'x' } })).status).toBe(422);
  expect(await api.releases('shop')).toHaveLength(2);
});

test('an unknown release is not found by id or version', async () => {
  await using sandbox = await startSandbox({ apps: ['shop'] });
  const api = new HerokuApi(sandbox);
  for (const release of ['99', 'v2', '00000000-0000-4000-8000-000000000000']) {
    expect((await api.get(`/apps/shop/releases/${release}`)).status).toBe(404);
  }
});

test('a rollback is a new release with the images and the config vars of then (fault 76, sandbox)', async () => {
  await using sandbox = await startSandbox({ apps: ['shop'] });
  const api = new HerokuApi(sandbox);
  const text = async () => (await fetch(sandbox.appUrl('shop') ?? '')).text();
  await api.request('PATCH', '/apps/shop/config-vars', { body: { NAME: 'then' } });
  const first = await pushImage(sandbox, 'shop/web', webImage('first %NAME%'));
  await api.release('shop', [{ type: 'web', docker_image: first.imageId }]);
  await until(text, (answer) => answer === 'first then');
  await api.request('PATCH', '/apps/shop/config-vars', { body: { NAME: 'now', MORE: '1' } });
  const second = await pushImage(sandbox, 'shop/web', webImage('second %NAME%'));
  await api.release('shop', [{ type: 'web', docker_image: second.imageId }]);
  await until(text, (answer) => answer === 'second now');

  const v4 = (await api.get<Release>('/apps/shop/releases/4')).body;
  expect(v4.eligible_for_rollback).toBe(true);
  const made = await rollback(api, v4.id);
  expect(made.status).toBe(201);
  expect(made.body).toMatchObject({ version: 7, description: 'Rollback to v4', status: 'succeeded', current: true });
  await until(text, (answer) => answer === 'first then');
  expect((await api.get('/apps/shop/config-vars')).body).toEqual({ NAME: 'then' });
});

test('the newest release that succeeded is current, and no other', async () => {
  await using sandbox = await startSandbox({ apps: ['shop'] });
  const api = new HerokuApi(sandbox);
  await api.request('PATCH', '/apps/shop/config-vars', { body: { A: '1' } });
  expect((await api.releases('shop')).map(({ current }) => current)).toEqual([false, false, true]);
});

test('releases come in pages by version, newest first when asked', async () => {
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

test('a range by an unknown field is not satisfiable', async () => {
  await using sandbox = await startSandbox({ apps: ['shop'] });
  const api = new HerokuApi(sandbox);
  for (const range of ['color ..', 'version', 'version ..; max=0', 'version ..; max=1001', 'version ..; order=up']) {
    const answer = await api.get('/apps/shop/releases', { headers: { range } });
    expect(answer.status).toBe(416);
    expect(answer.body['id']).toBe('requested_range_not_satisfiable');
  }
});
