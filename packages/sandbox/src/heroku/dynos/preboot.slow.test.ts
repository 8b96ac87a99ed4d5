import { expect, test } from 'vitest';
import { startSandbox } from '../../server/server.ts';
import type { SandboxOptions } from '../../server/sandbox.ts';
import { closedGate } from '../../testing/gate.ts';
import { HerokuApi } from '../../testing/heroku-api.ts';
import { pushImage, scriptImage, type TestImage, webImage } from '../../testing/push-image.ts';
import { until } from '../../testing/until.ts';

const never = 24 * 3_600_000;
const atOnce = 1;

/** Opens an app with Preboot whose first version, `one`, serves. */
async function openShop(preboot: number, options: SandboxOptions = {}) {
  const sandbox = await startSandbox({
    ...options,
    apps: ['shop'],
    durations: { preboot, crashBackoff: [60_000], drain: 1 },
  });
  const api = new HerokuApi(sandbox);
  const release = async (image: TestImage) => {
    const { imageId } = await pushImage(sandbox, 'shop/web', image);
    return api.release('shop', [{ type: 'web', docker_image: imageId, size: 'Standard-1X' }]);
  };
  const serving = async () => {
    const response = await fetch(sandbox.appUrl('shop') ?? '');
    return response.headers.get('x-router-error') ?? (await response.text());
  };
  const dynos = async () => (await api.dynos('shop')).map(({ name, state }) => `${name} ${state}`).join();
  const dynosAre = (expected: string) => until(dynos, (found) => found === expected);
  await release(webImage('one'));
  await dynosAre('web.1 up');
  await api.request('PATCH', '/apps/shop/features/preboot', { body: { enabled: true } });
  return {
    api,
    release,
    serving,
    dynosAre,
    served: (expected: string) => until(serving, (found) => found === expected),
    [Symbol.asyncDispose]: () => sandbox.close(),
  };
}

test('until the switch, the old dynos serve and only the new ones are listed (fault 96, sandbox)', async () => {
  await using shop = await openShop(never);
  await shop.release(webImage('two'));
  await shop.dynosAre('web.1 up');
  expect(await shop.serving()).toBe('one');
  expect((await shop.api.dynos('shop'))[0]?.release.version).toBe(4);
  expect(await shop.api.log('shop')).not.toContain('Stopping all processes');
});

test('at its time, the router switches to the new dynos and the old ones stop', async () => {
  await using shop = await openShop(1500);
  await shop.release(webImage('two'));
  await shop.served('two');
  const stopping = 'Stopping all processes with SIGTERM';
  const log = await until(
    () => shop.api.log('shop'),
    (lines) => lines.includes(stopping),
  );
  expect(log.split(stopping)).toHaveLength(2);
});

test('a new version that boots for longer than the switch takes serves once it is up', async () => {
  await using gate = await closedGate();
  await using shop = await openShop(atOnce);
  const slow = { files: { 'app/main.js': gate.whenOpen(webImage('two').files['app/main.js'] ?? '') } };
  await shop.release(webImage('two', slow));
  for (let request = 0; request < 5; request++) expect(await shop.serving()).toBe('one');
  await gate.open();
  await shop.served('two');
});

test('a rollback overlaps again: the version that never served is stopped, the old one serves on', async () => {
  await using shop = await openShop(never);
  await shop.release(webImage('two'));
  await shop.dynosAre('web.1 up');
  await shop.api.request('POST', '/apps/shop/releases', { body: { release: '3' } });
  await until(
    () => shop.api.dynos('shop'),
    ([dyno]) => dyno?.release.version === 5 && dyno.state === 'up',
  );
  for (let request = 0; request < 5; request++) expect(await shop.serving()).toBe('one');
  const stopped = (await shop.api.log('shop')).split('Stopping all processes with SIGTERM').length - 1;
  expect(stopped).toBe(1);
});

test.each([
  ['kept', 'one'],
  ['switched', 'H10'],
] as const)('with prebootAfterCrash %s, a version that crashes leaves %s', async (prebootAfterCrash, after) => {
  await using shop = await openShop(atOnce, { assumptions: { prebootAfterCrash } });
  await shop.release(scriptImage('process.exit(1)'));
  await shop.dynosAre('web.1 crashed');
  await shop.served(after);
  expect(await shop.serving()).toBe(after);
});

test('before the switch, the old version serves even where the router switches to crashed dynos', async () => {
  await using shop = await openShop(never, { assumptions: { prebootAfterCrash: 'switched' } });
  await shop.release(scriptImage('process.exit(1)'));
  await shop.dynosAre('web.1 crashed');
  expect(await shop.serving()).toBe('one');
});

test('scaling during the overlap doesn’t end it, and scaling to 0 does', async () => {
  await using shop = await openShop(never);
  await shop.release(webImage('two'));
  const scale = (quantity: number) => shop.api.request('PATCH', '/apps/shop/formation/web', { body: { quantity } });
  await scale(2);
  await shop.dynosAre('web.1 up,web.2 up');
  await scale(1);
  expect(await shop.serving()).toBe('one');
  await scale(0);
  await shop.served('H14');
});
