import { expect, test } from 'vitest';
import { startSandbox } from '../../server/server.ts';
import { closedGate } from '../../testing/gate.ts';
import { HerokuApi } from '../../testing/heroku-api.ts';
import { pushImage, scriptImage, webImage } from '../../testing/push-image.ts';
import { temporaryDirectory } from '../../testing/temporary-directory.ts';
import { until } from '../../testing/until.ts';

const migration = (code: number) => scriptImage(`console.log('migrating'); process.exitCode = ${code}`);

async function deployWeb(api: HerokuApi, sandbox: Awaited<ReturnType<typeof startSandbox>>, text: string) {
  const web = await pushImage(sandbox, 'shop/web', webImage(text));
  await api.release('shop', [{ type: 'web', docker_image: web.imageId }]);
  await until(
    async () => (await fetch(sandbox.appUrl('shop') ?? '')).text(),
    (body) => body === text,
  );
}

test('after a failed release phase, the old release continues to serve (fault 64, sandbox)', async () => {
  await using gate = await closedGate();
  await using sandbox = await startSandbox({ apps: ['shop'] });
  const api = new HerokuApi(sandbox);
  await deployWeb(api, sandbox, 'old');
  const web = await pushImage(sandbox, 'shop/web', webImage('new'));
  const phase = await pushImage(sandbox, 'shop/release', scriptImage(gate.whenOpen('process.exit(1);')));
  await api.release('shop', [
    { type: 'web', docker_image: web.imageId },
    { type: 'release', docker_image: phase.imageId },
  ]);
  expect(await api.newestRelease('shop')).toMatchObject({ version: 4, status: 'pending', current: false });
  await gate.open();
  const failed = await until(
    () => api.newestRelease('shop'),
    ({ status }) => status !== 'pending',
  );
  expect(failed).toMatchObject({ status: 'failed', current: false, eligible_for_rollback: false });
  expect((await api.releases('shop')).find(({ current }) => current)?.version).toBe(3);
  expect(await (await fetch(sandbox.appUrl('shop') ?? '')).text()).toBe('old');
  expect((await api.dynos('shop')).map(({ release }) => release.version)).toEqual([3]);
});

test('the image of a failed release isn’t released again (fault 62, sandbox)', async () => {
  await using sandbox = await startSandbox({ apps: ['shop'] });
  const api = new HerokuApi(sandbox);
  const phase = await pushImage(sandbox, 'shop/release', migration(1));
  await api.release('shop', [{ type: 'release', docker_image: phase.imageId }]);
  await until(
    () => api.newestRelease('shop'),
    ({ status }) => status === 'failed',
  );
  await api.release('shop', [{ type: 'release', docker_image: phase.imageId }]);
  expect(await api.releases('shop')).toHaveLength(3);
});

test('a release whose release phase times out expires', async () => {
  await using sandbox = await startSandbox({ apps: ['shop'], durations: { releasePhase: 200 } });
  const api = new HerokuApi(sandbox);
  const phase = await pushImage(sandbox, 'shop/release', scriptImage('setInterval(() => {}, 1000)'));
  await api.release('shop', [{ type: 'release', docker_image: phase.imageId }]);
  const ended = await until(
    () => api.newestRelease('shop'),
    ({ status }) => status !== 'pending',
  );
  expect(ended.status).toBe('expired');
});

test('the new version starts after the release phase; a config change runs the phase again', async () => {
  await using gate = await closedGate();
  await using sandbox = await startSandbox({ apps: ['shop'] });
  const api = new HerokuApi(sandbox);
  const web = await pushImage(sandbox, 'shop/web', webImage('hello %NAME%'));
  const phase = await pushImage(sandbox, 'shop/release', scriptImage(gate.whenOpen('')));
  await api.release('shop', [
    { type: 'web', docker_image: web.imageId },
    { type: 'release', docker_image: phase.imageId },
  ]);
  expect(await api.dynos('shop')).toEqual([]);
  await gate.open();
  await until(
    () => api.newestRelease('shop'),
    ({ status }) => status === 'succeeded',
  );
  await until(
    () => api.dynos('shop'),
    ([dyno]) => dyno?.state === 'up',
  );
  await gate.close();
  await api.request('PATCH', '/apps/shop/config-vars', { body: { NAME: 'you' } });
  expect(await api.newestRelease('shop')).toMatchObject({ version: 4, status: 'pending' });
  await gate.open();
  await until(
    async () => (await fetch(sandbox.appUrl('shop') ?? '')).text(),
    (text) => text === 'hello you',
  );
});

test('a release waits for a pending one and builds on its outcome', async () => {
  await using gate = await closedGate();
  await using sandbox = await startSandbox({ apps: ['shop'] });
  const api = new HerokuApi(sandbox);
  const web = await pushImage(sandbox, 'shop/web', webImage('hello %NAME%'));
  const phase = await pushImage(sandbox, 'shop/release', scriptImage(gate.whenOpen('process.exit(1);')));
  await api.release('shop', [
    { type: 'web', docker_image: web.imageId },
    { type: 'release', docker_image: phase.imageId },
  ]);
  await api.request('PATCH', '/apps/shop/config-vars', { body: { NAME: 'you' } });
  await gate.open();
  const releases = await until(
    () => api.releases('shop'),
    (found) => found.every(({ status }) => status !== 'pending'),
  );
  expect(releases.slice(2).map(({ status, current }) => [status, current])).toEqual([
    ['failed', false],
    ['succeeded', true],
  ]);
  expect(await api.dynos('shop')).toEqual([]);
});

test('the output stream responds 404 before the command runs, then sends output as it comes, and can be resumed (fault 66, sandbox)', async () => {
  await using gate = await closedGate();
  await using sandbox = await startSandbox({ apps: ['shop'] });
  const api = new HerokuApi(sandbox);
  const phase = await pushImage(
    sandbox,
    'shop/release',
    scriptImage(`console.log('migrating'); ${gate.whenOpen("console.log('migrated');")}`),
  );
  await api.release('shop', [{ type: 'release', docker_image: phase.imageId }]);
  const { output_stream_url: url } = await api.newestRelease('shop');
  expect((await fetch(url ?? '')).status).toBe(404);
  const open = await until(
    () => fetch(url ?? ''),
    ({ status }) => status !== 404,
  );
  expect(open.status).toBe(200);
  const output = open.body!.pipeThrough(new TextDecoderStream()).getReader();
  expect(await output.read()).toEqual({ done: false, value: 'migrating\n' });
  await gate.open();
  expect(await output.read()).toEqual({ done: false, value: 'migrated\n' });
  expect(await output.read()).toMatchObject({ done: true });
  const rest = await fetch(url ?? '', { headers: { range: 'bytes=4-' } });
  expect(rest.status).toBe(206);
  expect(await rest.text()).toBe('ating\nmigrated\n');
  expect((await fetch(url ?? '', { headers: { range: 'bytes=400-' } })).status).toBe(416);
  expect((await fetch(`${url}x`)).status).toBe(404);
});

test('a release without a release phase has no output stream', async () => {
  await using sandbox = await startSandbox({ apps: ['shop'] });
  const api = new HerokuApi(sandbox);
  await deployWeb(api, sandbox, 'hello');
  expect(await api.newestRelease('shop')).toMatchObject({ status: 'succeeded', output_stream_url: null });
});

test('the output stream has every byte, also of one long line (fault 175, sandbox)', async () => {
  await using sandbox = await startSandbox({ apps: ['shop'] });
  const api = new HerokuApi(sandbox);
  const script = `
    const { writeSync } = require('node:fs');
    const write = (bytes) => { for (let at = 0; at < bytes.length; ) at += writeSync(1, bytes, at); };
    write(Buffer.from([0xff, 0, 0x1b, 0x0d, 0x0a, 0xe2]));
    write(Buffer.alloc(50_000_000, 'x'));
  `;
  const phase = await pushImage(sandbox, 'shop/release', scriptImage(script));
  await api.release('shop', [{ type: 'release', docker_image: phase.imageId }]);
  const { output_stream_url: url } = await api.newestRelease('shop');
  const open = await until(
    () => fetch(url ?? ''),
    ({ status }) => status !== 404,
  );
  const output = Buffer.from(await open.arrayBuffer());
  expect([...output.subarray(0, 6)]).toEqual([0xff, 0, 0x1b, 0x0d, 0x0a, 0xe2]);
  expect(output).toHaveLength(50_000_006);
  expect((await api.newestRelease('shop')).status).toBe('succeeded');
});

test('the output of a release phase is there after a restart of the sandbox', async () => {
  await using directory = await temporaryDirectory();
  const start = () => startSandbox({ dir: directory.path });
  let url = '';
  {
    await using sandbox = await start();
    await sandbox.createApp('shop');
    const api = new HerokuApi(sandbox);
    const phase = await pushImage(sandbox, 'shop/release', scriptImage('console.log("migrated")'));
    await api.release('shop', [{ type: 'release', docker_image: phase.imageId }]);
    const ended = await until(
      () => api.newestRelease('shop'),
      ({ status }) => status !== 'pending',
    );
    url = new URL(ended.output_stream_url ?? '').pathname;
  }
  await using sandbox = await start();
  expect(await (await fetch(`${sandbox.urls.heroku}${url}`)).text()).toBe('migrated\n');
});
