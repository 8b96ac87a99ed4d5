import { expect, test } from 'vitest';
import { type SandboxOptions, startSandbox } from '@tozo/sandbox';
import { HerokuApi } from '../testing/heroku-api.ts';
import { pushImage, scriptImage, type TestImage, webImage } from '../testing/push-image.ts';
import { until } from '../testing/until.ts';

const idle = scriptImage('setInterval(() => {}, 1000)');

/** Starts a shop with Heroku's own durations. */
async function openShop(options: SandboxOptions = {}) {
  const sandbox = await startSandbox({ apps: ['shop'], ...options });
  const api = new HerokuApi(sandbox);
  const states = async () => (await api.dynos('shop')).map(({ name, state }) => `${name} ${state}`).join();
  return {
    sandbox,
    api,
    text: async () => (await fetch(sandbox.appUrl('shop') ?? '')).text(),
    statesAre: (expected: string) => until(states, (found) => found === expected),
    async release(type: string, image: TestImage, more: Readonly<Record<string, unknown>> = {}) {
      const { imageId } = await pushImage(sandbox, `shop/${type}`, image);
      await api.release('shop', [{ type, docker_image: imageId, ...more }]);
    },
    [Symbol.asyncDispose]: () => sandbox.close(),
  };
}

test('a web dyno that doesn’t bind its port gets R10 after a minute', async () => {
  await using shop = await openShop();
  await shop.release('web', idle);
  await until(
    () => shop.api.log('shop'),
    (log) => log.includes('Starting process'),
  );
  await shop.sandbox.time.advance({ seconds: 50 });
  expect(await shop.api.log('shop')).not.toContain('R10');
  const log = await until(
    async () => {
      await shop.sandbox.time.advance({ seconds: 11 });
      return await shop.api.log('shop');
    },
    (text) => text.includes('R10'),
  );
  expect(log).toContain('Error R10 (Boot timeout)');
});

test('a crashed dyno starts again after 20 minutes', async () => {
  await using shop = await openShop();
  await shop.release('worker', scriptImage('process.exit(1)'), { quantity: 1 });
  const starts = async () => (await shop.api.log('shop')).match(/Starting process/g)?.length ?? 0;
  await until(starts, (count) => count === 2);
  await shop.statesAre('worker.1 crashed');
  await shop.sandbox.time.advance({ minutes: 19 });
  expect(await starts()).toBe(2);
  await shop.sandbox.time.advance({ minutes: 2 });
  await until(starts, (count) => count === 3);
});

test('an Eco dyno sleeps after 30 minutes without a request', async () => {
  await using shop = await openShop();
  await shop.release('web', webImage('hello'), { size: 'Eco' });
  await shop.statesAre('web.1 up');
  await shop.sandbox.time.advance({ minutes: 29 });
  expect(await shop.text()).toBe('hello');
  await shop.sandbox.time.advance({ minutes: 29 });
  await shop.statesAre('web.1 up');
  await shop.sandbox.time.advance({ minutes: 2 });
  await shop.statesAre('web.1 idle');
  expect(await shop.text()).toBe('hello');
});

test('a dyno that is up for a day is restarted', async () => {
  await using shop = await openShop();
  await shop.release('web', webImage('hello'));
  await shop.statesAre('web.1 up');
  const [before] = await shop.api.dynos('shop');
  await shop.sandbox.time.advance({ hours: 23 });
  expect((await shop.api.dynos('shop'))[0]?.id).toBe(before?.id);
  await shop.sandbox.time.advance({ hours: 5 });
  await shop.statesAre('web.1 up');
  expect((await shop.api.dynos('shop'))[0]?.id).not.toBe(before?.id);
  expect(await shop.api.log('shop')).toContain('heroku[web.1]: Cycling');
});

test('with Preboot, the router switches after three minutes', async () => {
  await using shop = await openShop();
  await shop.api.request('PATCH', '/apps/shop/features/preboot', { body: { enabled: true } });
  await shop.release('web', webImage('old'), { quantity: 2, size: 'standard-1X' });
  await shop.sandbox.time.advance({ minutes: 3 });
  await until(shop.text, (text) => text === 'old');
  await shop.release('web', webImage('new'));
  await shop.statesAre('web.1 up,web.2 up');
  await shop.sandbox.time.advance({ minutes: 2, seconds: 50 });
  expect(await shop.text()).toBe('old');
  await shop.sandbox.time.advance({ seconds: 11 });
  await until(shop.text, (text) => text === 'new');
});

test('a one-off dyno ends after its time to live, and one without its client after a minute', async () => {
  await using shop = await openShop();
  await shop.release('worker', idle);
  const run = (body: object) => shop.api.request('POST', '/apps/shop/dynos', { body });
  await run({ command: 'node main.js', time_to_live: 3600, type: 'worker' });
  await until(
    () => shop.api.dynos('shop'),
    ([dyno]) => dyno?.state === 'up',
  );
  await shop.sandbox.time.advance({ minutes: 61 });
  await shop.statesAre('');
  await run({ command: 'node main.js', attach: true, type: 'worker' });
  await shop.sandbox.time.advance({ seconds: 61 });
  await shop.statesAre('');
  expect(await shop.api.log('shop')).toContain('Error R13 (Attach error)');
});

test('a release phase expires after an hour', async () => {
  await using shop = await openShop();
  await shop.release('release', idle);
  await until(
    () => shop.api.log('shop'),
    (log) => log.includes('release.') && log.includes('to up'),
  );
  await shop.sandbox.time.advance({ minutes: 59 });
  expect((await shop.api.newestRelease('shop')).status).toBe('pending');
  await shop.sandbox.time.advance({ minutes: 2 });
  await until(
    () => shop.api.newestRelease('shop'),
    ({ status }) => status === 'expired',
  );
});
