import { expect, test } from 'vitest';
import { startSandbox } from '../../server/server.ts';
import { HerokuApi } from '../../testing/heroku-api.ts';

const image = { files: { 'app/main.js': 'setInterval(() => {}, 1000)' }, command: ['node', 'main.js'] };

/** Opens an app with web at one dyno and worker at none, both Basic. */
async function openShop() {
  const images = { web: image, worker: image };
  const sandbox = await startSandbox({ seed: { apps: [{ name: 'shop', releases: [{ images }] }] } });
  const api = new HerokuApi(sandbox);
  const formation = async () =>
    (await api.get<{ type: string; quantity: number; size: string }[]>('/apps/shop/formation')).body.map(
      ({ type, quantity, size }) => `${type} ${quantity} ${size}`,
    );
  return {
    api,
    formation,
    /** Returns the formation, or the error. */
    async update(...updates: object[]) {
      const { status, body } = await api.request('PATCH', '/apps/shop/formation', { body: { updates } });
      return status === 200 ? await formation() : [status, body['id'], body['message']];
    },
    preboot: async (enabled: boolean) =>
      (await api.request('PATCH', '/apps/shop/features/preboot', { body: { enabled } })).status,
    [Symbol.asyncDispose]: () => sandbox.close(),
  };
}

test('Basic and Eco allow one dyno per process type, Performance ten', async () => {
  await using shop = await openShop();
  const message = (most: string) => `Cannot update to more than ${most} size dynos per process type.`;
  for (const [update, most] of [
    [{ quantity: 2 }, '1 Basic'],
    [{ quantity: '+1', size: 'eco' }, '1 Eco'],
    [{ quantity: 11, size: 'performance-l' }, '10 Performance-L'],
  ] as const) {
    expect(await shop.update({ type: 'web', ...update })).toEqual([422, 'invalid_params', message(most)]);
  }
  expect(await shop.formation()).toEqual(['web 1 Basic', 'worker 0 Basic']);
  expect(await shop.update({ type: 'worker', quantity: 3, size: 'Standard-1X' }, { type: 'web', quantity: 0 })).toEqual(
    ['web 0 Standard-1X', 'worker 3 Standard-1X'],
  );
});

test('Eco, Basic and larger dynos don’t run in the same app', async () => {
  await using shop = await openShop();
  const mixed = (sizes: string) => [
    422,
    'invalid_params',
    `Cannot use the following dyno types in the same app: ${sizes}`,
  ];
  const worker = { type: 'worker', quantity: 1 };
  expect(await shop.update({ ...worker, size: 'Standard-1X' })).toEqual(mixed('Basic and Standard-1X'));
  expect(await shop.update({ ...worker, size: 'Eco' })).toEqual(mixed('Basic and Eco'));
  expect(await shop.update({ ...worker, size: 'Performance-M' }, { type: 'web', size: 'Standard-2X' })).toEqual([
    'web 1 Standard-2X',
    'worker 1 Performance-M',
  ]);
  expect(await shop.update({ type: 'web', size: 'Basic' })).toEqual(mixed('Basic and Performance-M'));
});

test('a process type without dynos follows the app’s sizes', async () => {
  await using shop = await openShop();
  expect(await shop.update({ type: 'web', size: 'Performance-M' })).toEqual([
    'web 1 Performance-M',
    'worker 0 Standard-1X',
  ]);
});

test('Preboot needs Standard or Performance dynos', async () => {
  await using shop = await openShop();
  expect(await shop.preboot(true)).toBe(422);
  expect(await shop.preboot(false)).toBe(200);
  await shop.update({ type: 'web', size: 'Standard-1X' });
  expect(await shop.preboot(true)).toBe(200);
});
