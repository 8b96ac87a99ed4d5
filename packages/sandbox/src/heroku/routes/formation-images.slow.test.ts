import { expect, test } from 'vitest';
import type { Assumptions } from '../../server/assumptions.ts';
import { startSandbox } from '../../server/server.ts';
import { HerokuApi } from '../../testing/heroku-api.ts';
import { pushImage, scriptImage, webImage } from '../../testing/push-image.ts';
import { until } from '../../testing/until.ts';

const accept = 'application/vnd.heroku+json; version=3.docker-releases';
const variant = { headers: { accept } };
const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const idle = scriptImage('setInterval(() => {}, 1000)');

async function openShop(assumptions: Partial<Assumptions> = {}) {
  const sandbox = await startSandbox({ apps: ['shop'], assumptions });
  const api = new HerokuApi(sandbox);
  return {
    api,
    push: (type: string, image = idle) => pushImage(sandbox, `shop/${type}`, image),
    /** Returns the formation's image by process type. */
    images: async () => {
      const { body } = await api.get<Record<string, unknown>[]>('/apps/shop/formation', variant);
      return Object.fromEntries(body.map(({ type, docker_image: image }) => [String(type), image]));
    },
    update: (type: string, body: unknown) => api.request('PATCH', `/apps/shop/formation/${type}`, { ...variant, body }),
    [Symbol.asyncDispose]: () => sandbox.close(),
  };
}

test('the formation names the image only under version=3.docker-releases, and only where that is assumed', async () => {
  for (const formationImages of ['shown', 'hidden'] as const) {
    await using shop = await openShop({ formationImages });
    const { imageId } = await shop.push('worker');
    const released = await shop.api.release('shop', [{ type: 'worker', docker_image: imageId }]);
    const one = await shop.api.get('/apps/shop/formation/worker', variant);
    const expected = formationImages === 'shown' ? { id: expect.stringMatching(uuid) } : undefined;
    expect(released.body[0]?.['docker_image']).toEqual(expected);
    expect(one.body['docker_image']).toEqual(expected);
    expect((await shop.api.get('/apps/shop/formation/worker')).body).not.toHaveProperty('docker_image');
  }
});

test('an image keeps its UUID, which an update accepts in place of the image ID', async () => {
  await using shop = await openShop();
  const [older, newer] = [await shop.push('worker'), await shop.push('worker', { ...idle, env: ['NEWER=1'] })];
  await shop.api.release('shop', [{ type: 'worker', docker_image: older.imageId }]);
  const before = await shop.images();
  await shop.api.release('shop', [{ type: 'worker', docker_image: newer.imageId }]);
  expect(await shop.images()).not.toEqual(before);
  const { id } = before['worker'] as { id: string };
  await shop.api.release('shop', [{ process: 'worker', docker_image: id }]);
  expect(await shop.images()).toEqual(before);
  expect((await shop.api.newestRelease('shop')).description).toBe(`Deployed worker (${older.imageId.slice(7, 19)})`);
});

test('the image shown after a failed release is the running one, or the one that failed', async () => {
  for (const formationImageOf of ['current-release', 'newest-release'] as const) {
    await using shop = await openShop({ formationImageOf });
    const good = await shop.push('worker');
    await shop.api.release('shop', [{ type: 'worker', docker_image: good.imageId }]);
    const running = (await shop.images())['worker'];
    const next = await shop.push('worker', { ...idle, env: ['NEWER=1'] });
    const failing = await shop.push('release', scriptImage('process.exit(1)'));
    await shop.api.release('shop', [
      { type: 'worker', docker_image: next.imageId },
      { type: 'release', docker_image: failing.imageId },
    ]);
    await until(
      () => shop.api.newestRelease('shop'),
      ({ status }) => status === 'failed',
    );
    const shown = await shop.images();
    if (formationImageOf === 'current-release') expect(shown).toEqual({ worker: running, release: null });
    else expect([shown['worker'], shown['release']]).not.toContainEqual(running);
  }
});

test('docker_image: null removes a process type, with a release or without (fault 160, sandbox)', async () => {
  for (const [removals, releases] of [
    ['released', ['Deployed web', 'Deployed worker', 'Removed worker']],
    ['silent', ['Deployed web', 'Deployed worker']],
  ] as const) {
    await using shop = await openShop({ removals, releaseDescriptions: 'plain' });
    const web = await shop.push('web', webImage('hello'));
    const worker = await shop.push('worker');
    await shop.api.release('shop', [{ type: 'web', docker_image: web.imageId }]);
    await shop.api.release('shop', [{ type: 'worker', docker_image: worker.imageId, quantity: 1 }]);
    const removed = await shop.update('worker', { docker_image: null });
    expect([removed.status, removed.body]).toMatchObject([200, { type: 'worker', quantity: 0, docker_image: null }]);
    expect(Object.keys(await shop.images())).toEqual(['web']);
    expect((await shop.api.dynos('shop')).map(({ type }) => type)).toEqual(['web']);
    expect((await shop.api.releases('shop')).slice(2).map(({ description }) => description)).toEqual(releases);
    const again = await shop.api.release('shop', [{ type: 'worker', docker_image: worker.imageId }]);
    expect(again.headers.get('warning-message')).toBeNull();
    expect(await shop.api.releases('shop')).toHaveLength(releases.length + 3);
  }
});

test('a batch removes one process type and releases another in one release', async () => {
  await using shop = await openShop({ releaseDescriptions: 'plain' });
  const [web, worker] = [await shop.push('web', webImage('hello')), await shop.push('worker')];
  await shop.api.release('shop', [{ type: 'worker', docker_image: worker.imageId, quantity: 1 }]);
  const response = await shop.api.release('shop', [
    { type: 'web', docker_image: web.imageId },
    { type: 'worker', docker_image: null },
  ]);
  expect(response.body.map(({ type }) => type)).toEqual(['web']);
  expect((await shop.api.newestRelease('shop')).description).toBe('Deployed web, Removed worker');
});

test('a rollback brings a removed process type back', async () => {
  await using shop = await openShop();
  const { imageId } = await shop.push('worker');
  await shop.api.release('shop', [{ type: 'worker', docker_image: imageId }]);
  const before = await shop.images();
  await shop.update('worker', { docker_image: null });
  const removal = await shop.api.request('POST', '/apps/shop/releases', { body: { release: '4' } });
  expect(removal.status).toBe(422);
  expect((await shop.api.request('POST', '/apps/shop/releases', { body: { release: '3' } })).status).toBe(201);
  expect(await shop.images()).toEqual(before);
});

test('only a process type of the formation can be removed, and only under version=3.docker-releases', async () => {
  await using shop = await openShop();
  expect((await shop.update('worker', { docker_image: null })).status).toBe(404);
  expect((await shop.update('constructor', { docker_image: null })).status).toBe(404);
  const { imageId } = await shop.push('worker');
  await shop.api.release('shop', [{ type: 'worker', docker_image: imageId }]);
  const plain = await shop.api.request('PATCH', '/apps/shop/formation/worker', { body: { docker_image: null } });
  expect(plain.status).toBe(422);
  expect(Object.keys(await shop.images())).toEqual(['worker']);
});

test('a quantity can be a text, absolute or relative (fault 160, sandbox)', async () => {
  await using shop = await openShop();
  const { imageId } = await shop.push('worker');
  await shop.api.release('shop', [{ type: 'worker', docker_image: imageId, quantity: '2', size: 'standard-1x' }]);
  const quantities = ['+1', '-2', '0', '+0', '3'];
  const after = [];
  for (const quantity of quantities) after.push((await shop.update('worker', { quantity })).body['quantity']);
  expect(after).toEqual([3, 1, 0, 0, 3]);
  for (const quantity of ['-4', '+98', '1.5', '', '2 ', '1e1', null]) {
    expect((await shop.update('worker', { quantity })).status).toBe(422);
  }
  expect((await shop.api.get('/apps/shop/formation/worker')).body['quantity']).toBe(3);
});

test('the same image again is answered with a warning for each process type that has it (fault 114, sandbox)', async () => {
  await using shop = await openShop();
  const [web, worker] = [await shop.push('web', webImage('hello')), await shop.push('worker')];
  const release = async (...types: [string, string][]) => {
    const updates = types.map(([type, imageId]) => ({ type, docker_image: imageId }));
    return (await shop.api.release('shop', updates)).headers.get('warning-message');
  };
  const warning = (type: string) =>
    `The process type ${type} was not updated, because it is already running the specified docker image.`;
  expect(await release(['web', web.imageId])).toBeNull();
  expect(await release(['web', web.imageId])).toBe(warning('web'));
  expect(await release(['web', web.imageId], ['worker', worker.imageId])).toBe(warning('web'));
  expect(await release(['web', web.imageId], ['worker', worker.imageId])).toBe(
    `${warning('web')} ${warning('worker')}`,
  );
  expect(await shop.api.releases('shop')).toHaveLength(4);
});
