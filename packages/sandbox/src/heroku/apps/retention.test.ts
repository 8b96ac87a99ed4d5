import { expect, test } from 'vitest';
import { startSandbox } from '@tozo/sandbox';
import { HerokuApi, type Release } from '../../testing/heroku-api.ts';
import { pushImage, scriptImage } from '../../testing/push-image.ts';

const workerOf = (name: string) => scriptImage(`/* ${name} */ setInterval(() => {}, 1000)`);

/** Starts a shop with a release of its own image, v3. */
async function openShop(retention: 'applied' | 'none' = 'applied') {
  const sandbox = await startSandbox({ apps: ['shop'], assumptions: { retention } });
  const api = new HerokuApi(sandbox);
  const deploy = async (name: string) => {
    const { imageId } = await pushImage(sandbox, 'shop/worker', workerOf(name));
    return await api.release('shop', [{ type: 'worker', docker_image: imageId }]);
  };
  await deploy('first');
  return {
    sandbox,
    api,
    deploy,
    async setConfigVars(count: number) {
      for (let value = 0; value < count; value++) {
        await api.request('PATCH', '/apps/shop/config-vars', { body: { COUNT: String(value) } });
      }
    },
    third: async () => (await api.get<Release>('/apps/shop/releases/3')).body,
    rollBack: (release: string) => api.request('POST', '/apps/shop/releases', { body: { release } }),
    [Symbol.asyncDispose]: () => sandbox.close(),
  };
}

test('a release older than 30 days and 20 releases is expired, and not rolled back to', async () => {
  await using shop = await openShop();
  await shop.deploy('second');
  await shop.setConfigVars(19);
  await shop.sandbox.time.advance({ days: 29 });
  expect(await shop.third()).toMatchObject({ status: 'succeeded', eligible_for_rollback: true });
  await shop.sandbox.time.advance({ days: 2 });
  const third = await shop.third();
  expect(third).toMatchObject({ status: 'expired', eligible_for_rollback: false });
  expect(await shop.rollBack(third.id)).toMatchObject({ status: 422, body: { id: 'invalid_params' } });
  expect((await shop.api.get<Release>('/apps/shop/releases/4')).body).toMatchObject({ status: 'succeeded' });
});

test('one of the newest 20 releases is kept however old, and so is an image that a kept release has', async () => {
  await using shop = await openShop();
  await shop.setConfigVars(1);
  await shop.sandbox.time.advance({ days: 400 });
  expect((await shop.third()).status).toBe('succeeded');
  await shop.setConfigVars(25);
  expect((await shop.third()).status).toBe('succeeded');
});

test('an image of no release is destroyed after 30 days', async () => {
  await using shop = await openShop();
  const { imageId } = await pushImage(shop.sandbox, 'shop/worker', workerOf('ahead of its release'));
  const release = () => shop.api.release('shop', [{ type: 'worker', docker_image: imageId }]);
  await shop.sandbox.time.advance({ days: 31 });
  expect((await release()).status).toBe(422);
  await pushImage(shop.sandbox, 'shop/worker', workerOf('ahead of its release'));
  expect((await release()).status).toBe(200);
});

test('images can be kept', async () => {
  await using shop = await openShop('none');
  await shop.deploy('second');
  await shop.setConfigVars(20);
  await shop.sandbox.time.advance({ days: 31 });
  const { id } = await shop.third();
  expect(await shop.rollBack(id)).toMatchObject({ status: 201 });
});
