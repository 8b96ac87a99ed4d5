import { expect, test } from 'vitest';
import { startSandbox } from '../../server/server.ts';
import { HerokuApi } from '../../testing/heroku-api.ts';
import { pushImage, webImage } from '../../testing/push-image.ts';
import { until } from '../../testing/until.ts';

test.each([
  [{ 'NOT-A-NAME': 'x' }, 'NOT-A-NAME'],
  [{ LIST: ['x'] }, 'LIST'],
  [{ LONG: 'x'.repeat(70_000) }, '65536 bytes'],
])('rejects the config vars %j and creates no release', async (patch, expected) => {
  await using sandbox = await startSandbox({ apps: ['shop'] });
  const api = new HerokuApi(sandbox);
  const response = await api.request('PATCH', '/apps/shop/config-vars', { body: { FINE: '1', ...patch } });
  expect(response.status).toBe(422);
  expect(response.body['message']).toContain(expected);
  expect((await api.get('/apps/shop/config-vars')).body).toEqual({});
  expect(await api.releases('shop')).toHaveLength(2);
});

test('setting and removing config vars creates a release; a patch without effect doesn’t', async () => {
  await using sandbox = await startSandbox({ apps: ['shop'] });
  const api = new HerokuApi(sandbox);
  const patch = (body: Record<string, string | null>) => api.request('PATCH', '/apps/shop/config-vars', { body });
  expect((await patch({ A: '1', B: '2' })).body).toEqual({ A: '1', B: '2' });
  expect((await patch({ A: '1', C: null, toString: null })).body).toEqual({ A: '1', B: '2' });
  expect((await patch({ A: null, B: '3' })).body).toEqual({ B: '3' });
  const releases = await api.releases('shop');
  expect(releases.map(({ version, description }) => [version, description])).toEqual([
    [1, 'Initial release'],
    [2, 'Enable Logplex'],
    [3, 'Set A, B config vars'],
    [4, 'Set B, Remove A config vars'],
  ]);
  expect((await api.get('/apps/shop/releases/3/config-vars')).body).toEqual({ A: '1', B: '2' });
});

test('a change restarts the dynos with the same image', async () => {
  await using sandbox = await startSandbox({ apps: ['shop'] });
  const api = new HerokuApi(sandbox);
  const { imageId } = await pushImage(sandbox, 'shop/web', webImage('hello %NAME%'));
  await api.release('shop', [{ type: 'web', docker_image: imageId }]);
  const url = sandbox.appUrl('shop') ?? '';
  const text = async () => (await fetch(url)).text();
  await until(text, (body) => body === 'hello ');
  await api.request('PATCH', '/apps/shop/config-vars', { body: { NAME: 'you' } });
  await until(text, (body) => body === 'hello you');
  const [dyno] = await api.dynos('shop');
  expect(dyno?.release.version).toBe(4);
});
