import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startSandbox } from '../../server/server.ts';
import { HerokuApi } from '../../testing/heroku-api.ts';
import { pushImage, scriptImage, webImage } from '../../testing/push-image.ts';
import { temporaryDirectory } from '../../testing/temporary-directory.ts';
import { until } from '../../testing/until.ts';

const worker = scriptImage('setInterval(() => {}, 1000)');

async function openShop(size: string) {
  const sandbox = await startSandbox({ apps: ['shop'], durations: { ecoSleep: 300, crashBackoff: [60_000] } });
  const api = new HerokuApi(sandbox);
  const states = async () => (await api.dynos('shop')).map(({ name, state }) => `${name} ${state}`).join();
  return {
    sandbox,
    api,
    request: () => fetch(sandbox.appUrl('shop') ?? ''),
    statesAre: (expected: string) => until(states, (found) => found === expected),
    release: async (image = webImage('hello')) => {
      const [web, other] = [
        await pushImage(sandbox, 'shop/web', image),
        await pushImage(sandbox, 'shop/worker', worker),
      ];
      await api.release('shop', [
        { type: 'web', docker_image: web.imageId, size },
        { type: 'worker', docker_image: other.imageId, size, quantity: 1 },
      ]);
    },
    [Symbol.asyncDispose]: () => sandbox.close(),
  };
}

test('Eco dynos sleep without requests; the next request wakes them and waits (fault 97, sandbox)', async () => {
  await using shop = await openShop('Eco');
  await shop.release();
  await shop.statesAre('web.1 idle,worker.1 idle');
  const responses = await Promise.all([shop.request(), shop.request()]);
  expect(await Promise.all(responses.map((response) => response.text()))).toEqual(['hello', 'hello']);
  const log = await shop.api.log('shop');
  const changes = log.match(/web\.1\]: State changed .*/g)?.map((line) => line.replace(/.*changed /, ''));
  expect(changes?.slice(0, 4)).toEqual([
    'from starting to up',
    'from up to idle',
    'from idle to starting',
    'from starting to up',
  ]);
  await shop.statesAre('web.1 idle,worker.1 idle');
});

test('a dyno that crashes when it wakes leaves H10', async () => {
  await using shop = await openShop('Eco');
  await using directory = await temporaryDirectory();
  const file = join(directory.path, 'crash');
  const serve = webImage('hello').files['app/main.js'];
  await shop.release(scriptImage(`if (require('node:fs').existsSync('${file}')) process.exit(1); ${serve}`));
  await shop.statesAre('web.1 idle,worker.1 idle');
  await writeFile(file, '');
  expect((await shop.request()).headers.get('x-router-error')).toBe('H10');
});

test('a release replaces sleeping dynos', async () => {
  await using shop = await openShop('Eco');
  await shop.release();
  await shop.statesAre('web.1 idle,worker.1 idle');
  await shop.release(webImage('again'));
  const text = async () => (await shop.request()).text();
  expect(await until(text, (found) => found === 'again')).toBe('again');
});

test('other sizes don’t sleep, and a change of the size restarts the dyno', async () => {
  await using shop = await openShop('Basic');
  await shop.release();
  await shop.statesAre('web.1 up,worker.1 up');
  const [before] = await shop.api.dynos('shop');
  const updates = ['web', 'worker'].map((type) => ({ type, size: 'Eco' }));
  await shop.api.request('PATCH', '/apps/shop/formation', { body: { updates } });
  await shop.statesAre('web.1 idle,worker.1 idle');
  expect((await shop.api.dynos('shop'))[0]?.id).not.toBe(before?.id);
});
