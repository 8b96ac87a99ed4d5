import { expect, test } from 'vitest';
import { startSandbox } from '../server/server.ts';
import { HerokuApi, type Release } from '../testing/heroku-api.ts';
import { pushImage, scriptImage } from '../testing/push-image.ts';
import { until } from '../testing/until.ts';
import type { Fault, FaultEffect } from './fault.ts';

const idle = scriptImage('setInterval(() => {}, 1000)');
const onPatch = { service: 'heroku', method: 'PATCH', path: '/config-vars$' } as const;

async function openShop(effect: FaultEffect, on: Fault['on'] = onPatch) {
  const sandbox = await startSandbox({ apps: ['shop'] });
  const api = new HerokuApi(sandbox);
  const set = sandbox.faults.add({ on, effect });
  return {
    sandbox,
    api,
    set,
    patch: (body: Record<string, string>) => api.request('PATCH', '/apps/shop/config-vars', { body }),
    /** Returns who released what after the app's creation. */
    releases: async () => {
      const { body } = await api.get<(Release & { user: { email: string } })[]>('/apps/shop/releases');
      return body.slice(2).map(({ user, status }) => `${user.email.replace(/@.*/, '')} ${status}`);
    },
    [Symbol.asyncDispose]: () => sandbox.close(),
  };
}

test('someone else’s release can come just after the request (fault 98, sandbox)', async () => {
  await using shop = await openShop({ kind: 'other-release', when: 'after' });
  expect((await shop.patch({ A: '1' })).body).toEqual({ A: '1' });
  expect(await shop.releases()).toEqual(['sandbox succeeded', 'somebody succeeded']);
  expect((await shop.api.newestRelease('shop')).current).toBe(true);
});

test('someone else’s release can have failed: ours stays the current one (fault 99, sandbox)', async () => {
  await using shop = await openShop({ kind: 'other-release', when: 'after', status: 'failed' });
  await shop.patch({ A: '1' });
  expect(await shop.releases()).toEqual(['sandbox succeeded', 'somebody failed']);
  expect((await shop.api.releases('shop')).find(({ current }) => current)?.version).toBe(3);
});

test('someone else’s release can be pending until the fault is cleared', async () => {
  await using shop = await openShop({ kind: 'other-release', when: 'after', status: 'pending' });
  await shop.patch({ A: '1' });
  expect(await shop.releases()).toEqual(['sandbox succeeded', 'somebody pending']);
  shop.sandbox.faults.clear(shop.set.id);
  await until(shop.releases, (found) => found.join() === 'sandbox succeeded,somebody succeeded');
});

test('someone else can release an image of another process type', async () => {
  await using sandbox = await startSandbox({ apps: ['shop'] });
  const api = new HerokuApi(sandbox);
  const { imageId } = await pushImage(sandbox, 'shop/worker', idle);
  sandbox.faults.add({ on: onPatch, effect: { kind: 'other-release', image: imageId, type: 'worker', when: 'after' } });
  await api.request('PATCH', '/apps/shop/config-vars', { body: { A: '1' } });
  expect((await api.newestRelease('shop')).description).toBe(`Deployed worker (${imageId.slice(7, 19)})`);
});

test('a release is held without a limit of reads until the fault is cleared', async () => {
  await using shop = await openShop({ kind: 'hold-release', outcome: 'failed' });
  await shop.patch({ A: '1' });
  for (let reads = 0; reads < 50; reads++) expect(await shop.releases()).toEqual(['sandbox pending']);
  shop.sandbox.faults.clear(shop.set.id);
  await until(shop.releases, (found) => found.join() === 'sandbox failed');
});

test('a fault that is cleared first holds no release', async () => {
  await using shop = await openShop(
    { kind: 'hold-release', outcome: 'failed' },
    { service: 'heroku', path: '/account' },
  );
  await shop.api.get('/account');
  shop.sandbox.faults.clear();
  await shop.patch({ A: '1' });
  expect(await shop.releases()).toEqual(['sandbox succeeded']);
});

test('retired releases aren’t eligible for a rollback (fault 73, sandbox)', async () => {
  await using shop = await openShop({ kind: 'retire-releases', keep: 1 });
  for (const MODE of ['1', '2']) {
    const { imageId } = await pushImage(shop.sandbox, 'shop/worker', { ...idle, env: [`MODE=${MODE}`] });
    await shop.api.release('shop', [{ type: 'worker', docker_image: imageId }]);
  }
  const eligible = async () => (await shop.api.releases('shop')).map((release) => release.eligible_for_rollback);
  expect(await eligible()).toEqual([false, false, true, true]);
  await shop.patch({ A: '1' });
  expect(await eligible()).toEqual([false, false, false, true, true]);
  const rollback = (release: string) => shop.api.request('POST', '/apps/shop/releases', { body: { release } });
  expect([(await rollback('3')).status, (await rollback('4')).status]).toEqual([422, 201]);
});
