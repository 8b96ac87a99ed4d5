import { expect, test } from 'vitest';
import { startSandbox } from '../../server/server.ts';
import { HerokuApi } from '../../testing/heroku-api.ts';
import { pushImage, scriptImage, webImage } from '../../testing/push-image.ts';
import { until } from '../../testing/until.ts';

const absent = `sha256:${'0'.repeat(64)}`;

test('releases nothing if one of several images is missing (fault 83, sandbox)', async () => {
  await using sandbox = await startSandbox({ apps: ['shop'] });
  const api = new HerokuApi(sandbox);
  const { imageId } = await pushImage(sandbox, 'shop/web', webImage('hello'));
  const response = await api.release('shop', [
    { type: 'web', docker_image: imageId },
    { type: 'worker', docker_image: imageId },
  ]);
  expect(response.status).toBe(422);
  expect(response.body).toMatchObject({ id: 'invalid_params' });
  expect(await api.releases('shop')).toHaveLength(2);
  expect((await api.get('/apps/shop/formation')).body).toEqual([]);
});

test('docker_image needs the API variant docker-releases', async () => {
  await using sandbox = await startSandbox({ apps: ['shop'] });
  const api = new HerokuApi(sandbox);
  const { imageId } = await pushImage(sandbox, 'shop/web', webImage('hello'));
  const body = { updates: [{ type: 'web', docker_image: imageId }] };
  const response = await api.request('PATCH', '/apps/shop/formation', { body });
  expect(response.status).toBe(422);
  expect(response.body['message']).toContain('version=3.docker-releases');
});

test('the manifest digest, which newer versions of docker inspect show as Id, isn’t an image ID', async () => {
  await using sandbox = await startSandbox({ apps: ['shop'] });
  const { manifestDigest } = await pushImage(sandbox, 'shop/web', webImage('hello'));
  const response = await new HerokuApi(sandbox).release('shop', [{ type: 'web', docker_image: manifestDigest }]);
  expect(response.status).toBe(422);
});

test.each([
  [{}, 'updates must be a list.'],
  [{ updates: {} }, 'updates must be a list.'],
  [{ updates: [1] }, 'Each update must be an object.'],
  [{ updates: [{ quantity: 1 }] }, 'Each update must have a valid type.'],
  [{ updates: [{ type: 'we b' }] }, 'Each update must have a valid type.'],
  [{ updates: [{ type: 'web', quantity: -1 }] }, 'quantity must be a whole number from 0 to 100.'],
  [{ updates: [{ type: 'web', quantity: 'two' }] }, 'quantity must be a whole number from 0 to 100.'],
  [{ updates: [{ type: 'web', size: 'huge' }] }, 'No such dyno size as huge.'],
  [
    { updates: [{ type: 'web', docker_image: 'latest' }] },
    'docker_image must be an image ID, sha256: and 64 hex digits.',
  ],
  [
    { updates: [{ type: 'web', docker_image: absent }] },
    `docker_image ${absent} was not found in registry repository shop/web.`,
  ],
  [{ updates: [{ type: 'web', command: ['node'] }] }, 'command must be a string.'],
])('rejects the update %j', async (body, message) => {
  await using sandbox = await startSandbox({ apps: ['shop'] });
  const accept = 'application/vnd.heroku+json; version=3.docker-releases';
  const response = await new HerokuApi(sandbox).request('PATCH', '/apps/shop/formation', { body, headers: { accept } });
  expect(response.status).toBe(422);
  expect(response.body['message']).toBe(message);
});

test('a process type without an image can’t be scaled', async () => {
  await using sandbox = await startSandbox({ apps: ['shop'] });
  const body = { updates: [{ type: 'web', quantity: 2 }] };
  const response = await new HerokuApi(sandbox).request('PATCH', '/apps/shop/formation', { body });
  expect(response.status).toBe(404);
});

test('an update of several types creates one release; web gets one dyno, others none', async () => {
  await using sandbox = await startSandbox({ apps: ['shop'] });
  const api = new HerokuApi(sandbox);
  const web = await pushImage(sandbox, 'shop/web', webImage('hello'));
  const worker = await pushImage(sandbox, 'shop/worker', scriptImage('setInterval(() => {}, 1000)'));
  const response = await api.release('shop', [
    { type: 'web', docker_image: web.imageId },
    { type: 'worker', docker_image: worker.imageId },
  ]);
  expect(response.status).toBe(200);
  expect(response.body.map(({ type, quantity, command }) => [type, quantity, command])).toEqual([
    ['web', 1, 'node main.js'],
    ['worker', 0, 'node main.js'],
  ]);
  const release = await api.newestRelease('shop');
  const short = (imageId: string) => imageId.slice('sha256:'.length, 'sha256:'.length + 12);
  expect(release).toMatchObject({
    version: 3,
    status: 'succeeded',
    current: true,
    description: `Deployed web (${short(web.imageId)}), worker (${short(worker.imageId)})`,
  });
  expect((await api.dynos('shop')).map(({ name }) => name)).toEqual(['web.1']);
});

test('no response shows a full image ID', async () => {
  await using sandbox = await startSandbox({ apps: ['shop'] });
  const api = new HerokuApi(sandbox);
  const { imageId } = await pushImage(sandbox, 'shop/web', webImage('hello'));
  await api.release('shop', [{ type: 'web', docker_image: imageId }]);
  for (const path of ['', '/formation', '/releases', '/dynos']) {
    const { body } = await api.get(`/apps/shop${path}`);
    expect(JSON.stringify(body)).not.toContain(imageId.slice('sha256:'.length));
  }
});

test('the same image creates no release and keeps the dyno (fault 61, sandbox)', async () => {
  await using sandbox = await startSandbox({ apps: ['shop'] });
  const api = new HerokuApi(sandbox);
  const { imageId } = await pushImage(sandbox, 'shop/web', webImage('hello'));
  await api.release('shop', [{ type: 'web', docker_image: imageId }]);
  const [before] = await until(
    () => api.dynos('shop'),
    ([dyno]) => dyno?.state === 'up',
  );
  expect((await api.release('shop', [{ type: 'web', docker_image: imageId }])).status).toBe(200);
  expect(await api.releases('shop')).toHaveLength(3);
  expect((await api.dynos('shop'))[0]?.id).toBe(before?.id);
});

test('scaling starts and stops dynos without a release', async () => {
  await using sandbox = await startSandbox({ apps: ['shop'] });
  const api = new HerokuApi(sandbox);
  const { imageId } = await pushImage(sandbox, 'shop/web', webImage('hello'));
  await api.release('shop', [{ type: 'web', docker_image: imageId, quantity: 2, size: 'Standard-1X' }]);
  const names = async () => (await api.dynos('shop')).map(({ name, state }) => `${name} ${state}`);
  await until(names, (dynos) => dynos.join() === 'web.1 up,web.2 up');
  const scaled = await api.request('PATCH', '/apps/shop/formation/web', { body: { quantity: 0, size: 'standard-2x' } });
  expect(scaled.body).toMatchObject({ quantity: 0, size: 'Standard-2X' });
  expect(await names()).toEqual([]);
  await until(
    () => fetch(sandbox.appUrl('shop') ?? ''),
    (response) => response.headers.get('x-router-error') === 'H14',
  );
  expect(await api.releases('shop')).toHaveLength(3);
});

test('a command next to the image replaces its Cmd', async () => {
  await using sandbox = await startSandbox({ apps: ['shop'] });
  const api = new HerokuApi(sandbox);
  const image = await pushImage(sandbox, 'shop/web', {
    files: { 'app/main.js': '', 'app/other.js': webImage('other').files['app/main.js'] ?? '' },
    command: ['node', 'main.js'],
  });
  await api.release('shop', [{ type: 'web', docker_image: image.imageId, command: 'node other.js' }]);
  await until(
    async () => (await fetch(sandbox.appUrl('shop') ?? '')).text(),
    (text) => text === 'other',
  );
  expect((await api.dynos('shop'))[0]?.command).toBe('node other.js');
});
