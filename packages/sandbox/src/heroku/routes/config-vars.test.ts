import { expect, test } from 'vitest';
import { startSandbox } from '../../server/server.ts';
import { HerokuApi } from '../../testing/heroku-api.ts';
import { pushImage, scriptImage, webImage } from '../../testing/push-image.ts';
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

test('a value with a NUL character is refused (fault 164, sandbox)', async () => {
  await using sandbox = await startSandbox({ apps: ['shop'] });
  const api = new HerokuApi(sandbox);
  const response = await api.request('PATCH', '/apps/shop/config-vars', { body: { GOOD: '1', BAD: 'a\0b' } });
  expect([response.status, response.body['message']]).toEqual([422, 'Config var BAD contains a NUL character.']);
  expect((await api.get('/apps/shop/config-vars')).body).toEqual({});
});

test('a config var named like a property of every object is set', async () => {
  await using sandbox = await startSandbox({ apps: ['shop'] });
  const api = new HerokuApi(sandbox);
  const body = '{"__proto__":"a","constructor":"b"}';
  const response = await api.request('PATCH', '/apps/shop/config-vars', { body });
  expect(Object.entries(response.body)).toEqual([
    ['__proto__', 'a'],
    ['constructor', 'b'],
  ]);
});

test.each([
  ['kept', 'kept'],
  ['restored', ''],
] as const)(
  'a config var whose release failed is %s: it takes effect with the next release that succeeds, or never (fault 105, sandbox)',
  async (configVarsAfterFailure, effective) => {
    await using sandbox = await startSandbox({ apps: ['shop'], assumptions: { configVarsAfterFailure } });
    const api = new HerokuApi(sandbox);
    const ended = () =>
      until(
        () => api.newestRelease('shop'),
        ({ status }) => status !== 'pending',
      );
    const failsOnce = scriptImage(`process.exit(process.env.FAIL === 'yes' ? 1 : 0)`);
    const { imageId: phase } = await pushImage(sandbox, 'shop/release', failsOnce);
    const image = webImage('one %MODE%');
    const one = await pushImage(sandbox, 'shop/web', image);
    await api.release('shop', [
      { type: 'web', docker_image: one.imageId },
      { type: 'release', docker_image: phase },
    ]);
    await ended();
    await api.request('PATCH', '/apps/shop/config-vars', { body: { MODE: 'kept', FAIL: 'yes' } });
    expect((await ended()).status).toBe('failed');
    const two = await pushImage(sandbox, 'shop/web', { ...image, env: ['TWO=2'] });
    const passes = await pushImage(sandbox, 'shop/release', scriptImage('process.exit(0)'));
    await api.release('shop', [
      { type: 'web', docker_image: two.imageId },
      { type: 'release', docker_image: passes.imageId },
    ]);
    expect(await ended()).toMatchObject({ version: 5, status: 'succeeded' });
    const inEffect = (await api.get('/apps/shop/releases/5/config-vars')).body;
    expect(inEffect['MODE'] ?? '').toBe(effective);
    expect((await api.get('/apps/shop/config-vars')).body).toEqual(inEffect);
  },
);
