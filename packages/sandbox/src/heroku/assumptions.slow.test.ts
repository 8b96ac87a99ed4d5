import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { type Assumptions, assumptionSwitches } from '../server/assumptions.ts';
import { startSandbox } from '../server/server.ts';
import { HerokuApi, type Release } from '../testing/heroku-api.ts';
import { pushImage, scriptImage } from '../testing/push-image.ts';
import { until } from '../testing/until.ts';

const worker = scriptImage('setInterval(() => {}, 1000)');

test('the README lists every assumption with both values and the doubt', () => {
  const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8').replaceAll(/ +/g, ' ');
  for (const [name, { values, doubt }] of Object.entries(assumptionSwitches)) {
    const [usual, other] = values.map((value) => `\`${typeof value === 'string' ? `'${value}'` : value}\``);
    expect(readme).toContain(`| \`${name}\` | ${usual} | ${other} | ${doubt} |`);
  }
});

test('release descriptions can omit the image', async () => {
  await using sandbox = await startSandbox({ apps: ['shop'], assumptions: { releaseDescriptions: 'plain' } });
  const api = new HerokuApi(sandbox);
  const { imageId } = await pushImage(sandbox, 'shop/worker', worker);
  await api.release('shop', [{ type: 'worker', docker_image: imageId }]);
  expect((await api.newestRelease('shop')).description).toBe('Deployed worker');
});

test('images without a tag can be unknown', async () => {
  await using sandbox = await startSandbox({ apps: ['shop'], assumptions: { olderImages: false, missingImage: 404 } });
  const api = new HerokuApi(sandbox);
  const older = await pushImage(sandbox, 'shop/worker', worker);
  const newer = await pushImage(sandbox, 'shop/worker', { ...worker, env: ['NEWER=1'] });
  expect((await api.release('shop', [{ type: 'worker', docker_image: older.imageId }])).status).toBe(404);
  expect((await api.release('shop', [{ type: 'worker', docker_image: newer.imageId }])).status).toBe(200);
});

test('one pushed image can serve all process types', async () => {
  const updates = async (assumptions: Partial<Assumptions>) => {
    await using sandbox = await startSandbox({ apps: ['shop'], assumptions });
    const { imageId } = await pushImage(sandbox, 'shop/worker', worker);
    const types = ['worker', 'clock'].map((type) => ({ type, docker_image: imageId, command: `node ${type}.js` }));
    const { status, body } = await new HerokuApi(sandbox).release('shop', types);
    return status === 200 ? body.map(({ command }) => command) : status;
  };
  expect(await updates({})).toBe(422);
  expect(await updates({ sharedImages: true })).toEqual(['node worker.js', 'node clock.js']);
});

test('commands can be ignored', async () => {
  await using sandbox = await startSandbox({ apps: ['shop'], assumptions: { commands: 'ignored' } });
  const api = new HerokuApi(sandbox);
  const { imageId } = await pushImage(sandbox, 'shop/worker', worker);
  const response = await api.release('shop', [{ type: 'worker', docker_image: imageId, command: 'node other.js' }]);
  expect(response.body).toMatchObject([{ command: 'node main.js' }]);
});

test('the image of a failed release can be released again (fault 62, sandbox)', async () => {
  await using sandbox = await startSandbox({ apps: ['shop'], assumptions: { sameImageAfterFailure: 'released' } });
  const api = new HerokuApi(sandbox);
  const { imageId } = await pushImage(sandbox, 'shop/release', scriptImage('process.exit(1)'));
  for (const version of [3, 4]) {
    await api.release('shop', [{ type: 'release', docker_image: imageId }]);
    expect(await waitForEnd(api)).toMatchObject({ version, status: 'failed' });
  }
});

test('a failed release phase can restore the config vars', async () => {
  for (const [configVarsAfterFailure, after] of [
    ['kept', { MODE: 'bad' }],
    ['restored', {}],
  ] as const) {
    await using sandbox = await startSandbox({ apps: ['shop'], assumptions: { configVarsAfterFailure } });
    const api = new HerokuApi(sandbox);
    const { imageId } = await pushImage(sandbox, 'shop/release', scriptImage('process.exit(process.env.MODE ? 1 : 0)'));
    await api.release('shop', [{ type: 'release', docker_image: imageId }]);
    await waitForEnd(api);
    await api.request('PATCH', '/apps/shop/config-vars', { body: { MODE: 'bad' } });
    expect(await waitForEnd(api)).toMatchObject({ status: 'failed' });
    expect((await api.get('/apps/shop/config-vars')).body).toEqual(after);
  }
});

test('a release phase that times out can fail', async () => {
  await using sandbox = await startSandbox({
    apps: ['shop'],
    durations: { releasePhase: 100 },
    assumptions: { releasePhaseTimeout: 'failed' },
  });
  const api = new HerokuApi(sandbox);
  const { imageId } = await pushImage(sandbox, 'shop/release', worker);
  await api.release('shop', [{ type: 'release', docker_image: imageId }]);
  expect(await waitForEnd(api)).toMatchObject({ status: 'failed' });
});

test('a release phase’s output can be only in the app’s log', async () => {
  await using sandbox = await startSandbox({ apps: ['shop'], assumptions: { releaseOutput: 'logged' } });
  const api = new HerokuApi(sandbox);
  const { imageId } = await pushImage(sandbox, 'shop/release', scriptImage('console.log("migrating")'));
  await api.release('shop', [{ type: 'release', docker_image: imageId }]);
  const { output_stream_url: url } = await waitForEnd(api);
  expect(await (await fetch(String(url))).text()).toBe('');
  expect(await api.log('shop')).toContain('app[release.3]: migrating');
});

test('the registry can limit the number and the size of layers', async () => {
  const push = async (assumptions: Partial<Assumptions>) => {
    await using sandbox = await startSandbox({ apps: ['shop'], assumptions });
    return await pushImage(sandbox, 'shop/web', worker, 2);
  };
  await expect(push({ maxLayers: 2 })).resolves.toBeDefined();
  await expect(push({ maxLayers: 1 })).rejects.toThrow(/manifest: 400 .*MANIFEST_INVALID.*has 2 layers, but at most 1/);
  await expect(push({ maxLayerBytes: 100 })).rejects.toThrow(/blob: 413 .*SIZE_INVALID.*at most 100 bytes/);
});

test('the registry’s assumptions are set in the same option', async () => {
  await using sandbox = await startSandbox({
    apps: ['shop'],
    assumptions: { otherTags: false, locations: 'relative' },
  });
  const authorization = `Basic ${Buffer.from(`_:${sandbox.apiKey}`).toString('base64')}`;
  const started = await fetch(`${sandbox.urls.registry}/v2/shop/web/blobs/uploads/`, {
    method: 'POST',
    headers: { authorization },
  });
  expect(started.headers.get('location')).toMatch(/^\//);
});

/** Returns the newest release once it has ended. */
function waitForEnd(api: HerokuApi): Promise<Release> {
  return until(
    () => api.newestRelease('shop'),
    ({ status }) => status !== 'pending',
  );
}
