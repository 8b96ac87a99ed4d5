import { expect, test } from 'vitest';
import { startSandbox } from '../server/server.ts';
import { HerokuApi } from '../testing/heroku-api.ts';
import { pushImage, webImage } from '../testing/push-image.ts';

interface SeenRelease {
  readonly version: number;
  readonly description: string;
  readonly user: { readonly email: string };
}

test('other-release creates a release before the requested one (fault 71, sandbox)', async () => {
  await using sandbox = await startSandbox({ apps: ['shop'] });
  const api = new HerokuApi(sandbox);
  const set = sandbox.faults.add({
    on: { service: 'heroku', method: 'PATCH', path: '/config-vars$' },
    effect: { kind: 'other-release' },
  });
  await api.request('PATCH', '/apps/shop/config-vars', { body: { A: '1' } });
  const releases = await api.get<SeenRelease[]>('/apps/shop/releases');
  expect(releases.body.slice(2).map(({ version, user }) => [version, user.email])).toEqual([
    [3, 'somebody@example.com'],
    [4, 'sandbox@example.com'],
  ]);
  expect(set.fired).toBe(1);
});

test('other-release can release another image', async () => {
  await using sandbox = await startSandbox({ apps: ['shop'] });
  const api = new HerokuApi(sandbox);
  const { imageId: theirs } = await pushImage(sandbox, 'shop/web', webImage('theirs'));
  const { imageId: ours } = await pushImage(sandbox, 'shop/web', webImage('ours'));
  sandbox.faults.add({
    on: { service: 'heroku', method: 'PATCH', path: '/formation$' },
    effect: { kind: 'other-release', image: theirs },
  });
  await api.release('shop', [{ type: 'web', docker_image: ours }]);
  const releases = await api.get<SeenRelease[]>('/apps/shop/releases');
  expect(releases.body.slice(2).map(({ description, user }) => [description, user.email])).toEqual([
    [`Deployed web (${theirs.slice(7, 19)})`, 'somebody@example.com'],
    [`Deployed web (${ours.slice(7, 19)})`, 'sandbox@example.com'],
  ]);
});

test('hold-release keeps the release pending for ten reads, then fails it (fault 63, sandbox)', async () => {
  await using sandbox = await startSandbox({ apps: ['shop'] });
  const api = new HerokuApi(sandbox);
  sandbox.faults.add({
    on: { service: 'heroku', method: 'PATCH' },
    effect: { kind: 'hold-release', reads: 10, outcome: 'failed' },
  });
  await api.request('PATCH', '/apps/shop/config-vars', { body: { A: '1' } });
  const seen: string[] = [];
  for (let reads = 0; reads < 11; reads++) {
    seen.push(String((await api.get('/apps/shop/releases/3')).body['status']));
  }
  expect(seen).toEqual([...Array<string>(10).fill('pending'), 'failed']);
});

test.each([
  ['of an app that does not exist', { kind: 'other-release', app: 'stage' }],
  ['of an image that was not pushed', { kind: 'other-release', image: `sha256:${'0'.repeat(64)}` }],
  ['that never comes', { kind: 'hold-release', reads: 1, outcome: 'failed' }],
  ['of an app that does not exist', { kind: 'hold-release', app: 'stage', reads: 1, outcome: 'failed' }],
] as const)('does not count as fired for a release %s', async (_where, effect) => {
  const sandbox = await startSandbox({ apps: ['shop'] });
  const set = sandbox.faults.add({ on: { service: 'heroku' }, effect });
  await new HerokuApi(sandbox).get('/apps/shop');
  expect(set).toMatchObject({ seen: 1, fired: 0 });
  await expect(sandbox.close()).rejects.toMatchObject({ code: 'FAULTS_LEFT' });
});
