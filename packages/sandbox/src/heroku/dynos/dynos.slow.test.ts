import { expect, test } from 'vitest';
import { startSandbox } from '../../server/server.ts';
import { closedGate } from '../../testing/gate.ts';
import { HerokuApi } from '../../testing/heroku-api.ts';
import { pushImage, scriptImage, webImage } from '../../testing/push-image.ts';
import { until } from '../../testing/until.ts';

const states = async (api: HerokuApi) => (await api.dynos('shop')).map(({ name, state }) => `${name} ${state}`).join();

test('a web dyno that never listens crashes with R10 (fault 67, sandbox)', async () => {
  await using sandbox = await startSandbox({
    apps: ['shop'],
    durations: { bootTimeout: 1000, crashBackoff: [60_000] },
  });
  const api = new HerokuApi(sandbox);
  const { imageId } = await pushImage(sandbox, 'shop/web', scriptImage('setInterval(() => {}, 1000)'));
  await api.release('shop', [{ type: 'web', docker_image: imageId }]);
  expect(await states(api)).toBe('web.1 starting');
  expect((await fetch(sandbox.appUrl('shop') ?? '')).headers.get('x-router-error')).toBe('H10');
  await until(
    () => states(api),
    (found) => found === 'web.1 crashed',
  );
  expect((await fetch(sandbox.appUrl('shop') ?? '')).headers.get('x-router-error')).toBe('H10');
  expect(await api.log('shop')).toContain(
    'heroku[web.1]: Error R10 (Boot timeout) -> Web process failed to bind to $PORT within 1 seconds of launch',
  );
});

test('a request to an app that is still booting waits for it', async () => {
  await using gate = await closedGate();
  await using sandbox = await startSandbox({ apps: ['shop'] });
  const api = new HerokuApi(sandbox);
  const slow = scriptImage(gate.whenOpen(webImage('hello').files['app/main.js'] ?? ''));
  const { imageId } = await pushImage(sandbox, 'shop/web', slow);
  await api.release('shop', [{ type: 'web', docker_image: imageId }]);
  const response = fetch(sandbox.appUrl('shop') ?? '');
  expect(await states(api)).toBe('web.1 starting');
  await gate.open();
  expect(await (await response).text()).toBe('hello');
});

test('an image without its command crashes, and the log says why', async () => {
  await using sandbox = await startSandbox({ apps: ['shop'], durations: { crashBackoff: [60_000] } });
  const api = new HerokuApi(sandbox);
  const { imageId } = await pushImage(sandbox, 'shop/web', { files: { 'app/main.js': '' }, command: ['./absent'] });
  await api.release('shop', [{ type: 'web', docker_image: imageId }]);
  await until(
    () => states(api),
    (found) => found === 'web.1 crashed',
  );
  expect(await api.log('shop')).toMatch(/heroku\[web\.1\]: Process failed to start: .*absent/);
});

test('a crashed dyno restarts at once the first time, then after a delay', async () => {
  await using sandbox = await startSandbox({ apps: ['shop'], durations: { crashBackoff: [0, 60_000] } });
  const api = new HerokuApi(sandbox);
  const { imageId } = await pushImage(sandbox, 'shop/web', scriptImage('console.log("no"); process.exit(3)'));
  await api.release('shop', [{ type: 'web', docker_image: imageId }]);
  const lines = await until(
    () => api.log('shop'),
    (text) => text.split('Process exited with status 3').length > 2 && text.endsWith('to crashed\n'),
  );
  expect(lines.split('Starting process with command `node main.js`')).toHaveLength(3);
  expect(lines).toContain('heroku[web.1]: State changed from crashed to starting');
  expect(lines).toContain('app[web.1]: no');
  expect(await states(api)).toBe('web.1 crashed');
});

test('when the new version crashes, the old one is stopped and the app responds with H10', async () => {
  await using gate = await closedGate();
  await using sandbox = await startSandbox({
    apps: ['shop'],
    durations: { crashBackoff: [60_000] },
    assumptions: { oldWebDynos: 'serving' },
  });
  const api = new HerokuApi(sandbox);
  const good = await pushImage(sandbox, 'shop/web', webImage('good'));
  await api.release('shop', [{ type: 'web', docker_image: good.imageId }]);
  await until(
    () => states(api),
    (found) => found === 'web.1 up',
  );
  const bad = await pushImage(sandbox, 'shop/web', scriptImage(gate.whenOpen('process.exit(1);')));
  await api.release('shop', [{ type: 'web', docker_image: bad.imageId }]);
  expect(await (await fetch(sandbox.appUrl('shop') ?? '')).text()).toBe('good');
  await gate.open();
  await until(
    () => states(api),
    (found) => found === 'web.1 crashed',
  );
  const response = await fetch(sandbox.appUrl('shop') ?? '');
  expect([response.status, response.headers.get('x-router-error')]).toEqual([503, 'H10']);
});

test.each([
  ['stopped', ['new', 'new']],
  ['serving', ['old', 'new']],
] as const)('with old web dynos %s, requests during a release get %s', async (oldWebDynos, expected) => {
  await using gate = await closedGate();
  await using sandbox = await startSandbox({ apps: ['shop'], assumptions: { oldWebDynos } });
  const api = new HerokuApi(sandbox);
  const old = await pushImage(sandbox, 'shop/web', webImage('old'));
  await api.release('shop', [{ type: 'web', docker_image: old.imageId }]);
  await until(
    () => states(api),
    (found) => found === 'web.1 up',
  );
  const slow = webImage('new', {
    files: { 'app/main.js': gate.whenOpen(webImage('new').files['app/main.js'] ?? '') },
  });
  const next = await pushImage(sandbox, 'shop/web', slow);
  await api.release('shop', [{ type: 'web', docker_image: next.imageId }]);
  const request = async () => (await fetch(sandbox.appUrl('shop') ?? '')).text();
  const during = request();
  if (oldWebDynos === 'serving') await during;
  else {
    const log = () => api.log('shop');
    await until(log, (text) => text.includes('Stopping all processes with SIGTERM'));
  }
  await gate.open();
  const after = await until(request, (text) => text === 'new');
  expect([await during, after]).toEqual(expected);
});

test('a request without a timely response gets H12, which is logged', async () => {
  await using sandbox = await startSandbox({ apps: ['shop'], durations: { requestTimeout: 200 } });
  const api = new HerokuApi(sandbox);
  const silent = `require('node:http').createServer(() => {}).listen(process.env.PORT)`;
  const { imageId } = await pushImage(sandbox, 'shop/web', scriptImage(silent));
  await api.release('shop', [{ type: 'web', docker_image: imageId }]);
  await until(
    () => states(api),
    (found) => found === 'web.1 up',
  );
  const response = await fetch(`${sandbox.appUrl('shop')}slow`);
  expect([response.status, response.headers.get('x-router-error')]).toEqual([503, 'H12']);
  expect(await api.log('shop')).toContain('at=error code=H12 desc="Request timeout" method=GET path="/slow"');
});

test('a release replaces one that is still booting', async () => {
  await using sandbox = await startSandbox({ apps: ['shop'] });
  const api = new HerokuApi(sandbox);
  for (const text of ['first', 'second', 'third']) {
    const { imageId } = await pushImage(sandbox, 'shop/web', webImage(text));
    await api.release('shop', [{ type: 'web', docker_image: imageId }]);
  }
  await until(
    async () => (await fetch(sandbox.appUrl('shop') ?? '')).text(),
    (text) => text === 'third',
  );
  expect((await api.dynos('shop')).map(({ release }) => release.version)).toEqual([5]);
});

test('a restart creates new dynos of the same release', async () => {
  await using sandbox = await startSandbox({ apps: ['shop'] });
  const api = new HerokuApi(sandbox);
  const { imageId } = await pushImage(sandbox, 'shop/web', webImage('hello'));
  await api.release('shop', [{ type: 'web', docker_image: imageId }]);
  const [before] = await until(
    () => api.dynos('shop'),
    ([dyno]) => dyno?.state === 'up',
  );
  expect((await api.request('DELETE', '/apps/shop/dynos/web.9')).status).toBe(404);
  expect((await api.request('DELETE', '/apps/shop/dynos/web.1')).status).toBe(202);
  const [after] = await until(
    () => api.dynos('shop'),
    ([dyno]) => dyno?.state === 'up',
  );
  expect(after?.id).not.toBe(before?.id);
  expect(after?.release.version).toBe(3);
});
