import { expect, test } from 'vitest';
import { startSandbox } from '../server.ts';
import { HerokuApi } from '../testing/heroku-api.ts';
import { pushImage, scriptImage } from '../testing/push-image.ts';
import { until } from '../testing/until.ts';

const worker = scriptImage('setInterval(() => {}, 1000)');

test('release descriptions can be without image', async () => {
  await using sandbox = await startSandbox({ apps: ['shop'], assumptions: { releaseDescriptions: 'plain' } });
  const api = new HerokuApi(sandbox);
  const { imageId } = await pushImage(sandbox, 'shop/worker', worker);
  await api.release('shop', [{ type: 'worker', docker_image: imageId }]);
  expect((await api.newestRelease('shop')).description).toBe('Deployed worker');
});

test('images whose tag has moved on can be unknown', async () => {
  await using sandbox = await startSandbox({ apps: ['shop'], assumptions: { olderImages: false, missingImage: 404 } });
  const api = new HerokuApi(sandbox);
  const older = await pushImage(sandbox, 'shop/worker', worker);
  const newer = await pushImage(sandbox, 'shop/worker', { ...worker, env: ['NEWER=1'] });
  expect((await api.release('shop', [{ type: 'worker', docker_image: older.imageId }])).status).toBe(404);
  expect((await api.release('shop', [{ type: 'worker', docker_image: newer.imageId }])).status).toBe(200);
});

test('commands can be ignored', async () => {
  await using sandbox = await startSandbox({ apps: ['shop'], assumptions: { commands: 'ignored' } });
  const api = new HerokuApi(sandbox);
  const { imageId } = await pushImage(sandbox, 'shop/worker', worker);
  const answer = await api.release('shop', [{ type: 'worker', docker_image: imageId, command: 'node other.js' }]);
  expect(answer.body).toMatchObject([{ command: 'node main.js' }]);
});

test('the image of a failed release can be released again (fault 62)', async () => {
  await using sandbox = await startSandbox({ apps: ['shop'], assumptions: { sameImageAfterFailure: 'released' } });
  const api = new HerokuApi(sandbox);
  const { imageId } = await pushImage(sandbox, 'shop/release', scriptImage('process.exit(1)'));
  for (const version of [3, 4]) {
    await api.release('shop', [{ type: 'release', docker_image: imageId }]);
    const release = await until(
      () => api.newestRelease('shop'),
      ({ status }) => status !== 'pending',
    );
    expect(release).toMatchObject({ version, status: 'failed' });
  }
});

test('the registry’s assumptions are set in the same place', async () => {
  await using sandbox = await startSandbox({
    apps: ['shop'],
    assumptions: { otherTags: false, locations: 'relative' },
  });
  const authorization = `Basic ${Buffer.from(`_:${sandbox.apiKey}`).toString('base64')}`;
  const started = await fetch(`${sandbox.urls.registry}/v2/shop/web/blobs/uploads/`, {
    method: 'POST',
    headers: { authorization },
  });
  expect(started.headers.get('location')).toMatch(/^\//);
});
