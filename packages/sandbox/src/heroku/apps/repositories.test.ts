import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startSandbox } from '../../server/server.ts';
import { HerokuApi } from '../../testing/heroku-api.ts';
import { pushImage, scriptImage } from '../../testing/push-image.ts';
import { temporaryDirectory } from '../../testing/temporary-directory.ts';

/** Opens the app aaa with a released image. */
async function openApp(dir?: string) {
  const sandbox = await startSandbox({ apps: ['aaa'], ...(dir === undefined ? {} : { dir }) });
  const api = new HerokuApi(sandbox);
  const { imageId } = await pushImage(sandbox, 'aaa/worker', scriptImage(''));
  const release = (app: string, image: string | null = imageId) =>
    api.release(app, [{ type: 'worker', docker_image: image }]);
  await release('aaa');
  return {
    sandbox,
    api,
    release,
    imageId,
    pull: async (app: string) => {
      const headers = { authorization: `Basic ${btoa(`_:${sandbox.apiKey}`)}` };
      return (await fetch(`${sandbox.urls.registry}/v2/${app}/worker/manifests/latest`, { headers })).status;
    },
    create: (name: string) => api.request('POST', '/apps', { body: { name } }),
    [Symbol.asyncDispose]: () => sandbox.close(),
  };
}

test('a renamed app keeps its images under its new name', async () => {
  await using app = await openApp();
  await app.api.request('PATCH', '/apps/aaa', { body: { name: 'bbb' } });
  expect(await app.pull('bbb')).toBe(200);
  expect(await app.pull('aaa')).toBe(400);
  await app.release('bbb', null);
  expect((await app.release('bbb')).status).toBe(200);
  expect((await app.api.newestRelease('bbb')).version).toBe(5);
  expect((await app.api.request('POST', '/apps/bbb/releases', { body: { release: '3' } })).status).toBe(201);
});

test('an app created with the name of a renamed or deleted one has none of its images', async () => {
  await using app = await openApp();
  await app.api.request('PATCH', '/apps/aaa', { body: { name: 'bbb' } });
  await app.create('aaa');
  expect(await app.pull('aaa')).toBe(404);
  expect((await app.release('aaa')).status).toBe(422);
  await app.api.request('DELETE', '/apps/bbb');
  await app.create('bbb');
  expect(await app.pull('bbb')).toBe(404);
  expect((await app.release('bbb')).status).toBe(422);
});

test('the ID of an app isn’t a name in the registry', async () => {
  await using app = await openApp();
  const { body } = await app.api.get('/apps/aaa');
  expect(await app.pull(String(body['id']))).toBe(400);
});

test('a state directory of an earlier version, with repositories by name, is taken over', async () => {
  await using directory = await temporaryDirectory();
  const { api, sandbox } = await openApp(directory.path);
  const { id } = (await api.get<{ id: string }>('/apps/aaa')).body;
  await sandbox.close();
  const repositories = join(directory.path, 'registry/repositories');
  await rename(join(repositories, id), join(repositories, 'aaa'));
  const file = join(directory.path, 'heroku', `${id}.json`);
  await writeFile(file, (await readFile(file, 'utf8')).replaceAll(`${id}/worker`, 'aaa/worker'));

  await using app = await openApp(directory.path);
  expect((await app.api.newestRelease('aaa')).version).toBe(3);
  expect(await app.pull('aaa')).toBe(200);
});
