import { expect, test } from 'vitest';
import { startSandbox } from '../../server/server.ts';
import { HerokuApi } from '../../testing/heroku-api.ts';
import { temporaryDirectory } from '../../testing/temporary-directory.ts';

test('an app is in one pipeline, also after a restart, and leaves it when it is deleted', async () => {
  await using directory = await temporaryDirectory();
  const dir = directory.path;
  let id = '';
  {
    await using sandbox = await startSandbox({ dir, apps: ['shop', 'stage'] });
    const api = new HerokuApi(sandbox);
    id = String((await api.request('POST', '/pipelines', { body: { name: 'store' } })).body['id']);
    const couple = (app: string, stage: string) =>
      api.request('POST', '/pipeline-couplings', { body: { app, pipeline: id, stage } });
    expect((await couple('shop', 'production')).status).toBe(201);
    expect((await couple('stage', 'staging')).status).toBe(201);
    expect((await couple('shop', 'staging')).body['message']).toBe('App shop is already in a pipeline.');
    expect((await couple('nobody', 'staging')).status).toBe(404);
    expect((await couple('shop', 'live')).status).toBe(422);
  }
  await using sandbox = await startSandbox({ dir });
  const api = new HerokuApi(sandbox);
  const couplings = `/pipelines/${id}/pipeline-couplings`;
  expect((await api.get<unknown[]>(couplings)).body).toHaveLength(2);
  await api.request('DELETE', '/apps/stage');
  expect((await api.get<unknown[]>(couplings)).body).toMatchObject([{ stage: 'production' }]);
  await api.request('DELETE', `/pipelines/${id}`);
  expect((await api.get('/apps/shop/pipeline-couplings')).status).toBe(404);
});

test('a promotion of container apps is refused in Heroku’s words', async () => {
  await using sandbox = await startSandbox({ apps: ['shop', 'stage'] });
  const api = new HerokuApi(sandbox);
  const pipeline = String((await api.request('POST', '/pipelines', { body: { name: 'store' } })).body['id']);
  const ids = await Promise.all(['stage', 'shop'].map(async (app) => (await api.get(`/apps/${app}`)).body['id']));
  for (const [index, app] of ids.entries()) {
    const stage = index === 0 ? 'staging' : 'production';
    await api.request('POST', '/pipeline-couplings', { body: { app, pipeline, stage } });
  }
  const [source, target] = ids.map((id) => ({ app: { id } }));
  const promote = (body: object) => api.request('POST', '/pipeline-promotions', { body });
  expect(await promote({ pipeline: { id: pipeline }, source, targets: [target] })).toMatchObject({
    status: 422,
    body: { message: 'Pipeline promotions are not supported on apps pushed via Heroku Container Registry.' },
  });
  const unknown = [{ app: { id: pipeline } }];
  expect((await promote({ pipeline: { id: pipeline }, source, targets: unknown })).status).toBe(404);
  expect((await promote({ pipeline: { id: pipeline }, source, targets: [] })).status).toBe(422);
});
