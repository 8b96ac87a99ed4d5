import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { openRecords } from './state/records/open-records.ts';
import { ModelShop, type Version } from './testing/model-shop.ts';

beforeEach(async () => vi.stubEnv('XDG_STATE_HOME', await mkdtemp(join(tmpdir(), 'tozo-by-hand-'))));
afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

const first: Version = {
  files: 1,
  types: ['web'],
  dynos: { web: 1 },
  configVars: { LEVEL: 'a' },
  marker: false,
  healthy: true,
  phaseSucceeds: true,
  rollback: 'auto',
  buildsFirst: true,
};

async function deployedShop(version = first): Promise<ModelShop> {
  const shop = new ModelShop();
  expect((await shop.deploy(version)).report.text).toBe('LIVE v4  https://shop.example/');
  return shop;
}

function turnOnAtVisit({ heroku }: ModelShop): void {
  heroku.page = () => {
    heroku.maintenance = true;
    return 200;
  };
}

test.each([
  ['new images', { files: 2 }],
  ['other config vars', { configVars: { LEVEL: 'b' } }],
])('a version of %s is not judged by the page of maintenance mode, and not rolled back', async (_what, changes) => {
  const shop = await deployedShop();
  turnOnAtVisit(shop);
  const { report, writes } = await shop.deploy({ ...first, ...changes });
  expect(report).toMatchObject({
    outcome: 'broken',
    text: "UNKNOWN whether v5 of shop is healthy: shop is in maintenance mode, so v5 can't be verified. Turn it off with: heroku maintenance:off -a shop. v5 runs and isn't verified: maintenance mode is on",
    next: 'Deploy again to verify it.',
    error: { code: 'APP_NOT_READY' },
  });
  expect(writes.map(({ kind }) => kind)).not.toContain('rollback');
  expect(await openRecords({ app: 'shop', target: 'heroku' }).list()).toMatchObject([{ release: 4 }]);

  shop.heroku.page = () => 200;
  shop.heroku.maintenance = false;
  const again = await shop.deploy({ ...first, ...changes });
  expect(again.report.text).toMatch(/^UNCHANGED v5 .*; healthy$/);
});

test('a version that already runs is not called unhealthy because maintenance mode is on', async () => {
  const shop = await deployedShop();
  turnOnAtVisit(shop);
  const { report } = await shop.deploy(first);
  expect(report).toMatchObject({
    outcome: 'failed',
    text: "FAILED shop: nothing was released; v4 is still running: shop is in maintenance mode, so v4 can't be verified. Turn it off with: heroku maintenance:off -a shop",
  });
});

test('time in maintenance mode is not held against a version', async () => {
  const shop = await deployedShop();
  const { heroku } = shop;
  let seconds = 0;
  vi.spyOn(performance, 'now').mockImplementation(() => seconds * 1000);
  heroku.page = () => {
    seconds += 4;
    heroku.maintenance = seconds < 9;
    return seconds < 15 ? 503 : 200;
  };
  const { report } = await shop.deploy({ ...first, files: 2, timeoutSeconds: 10 });
  expect(report.text).toBe('LIVE v5  https://shop.example/');

  seconds = 0;
  heroku.page = () => {
    seconds += 4;
    return 503;
  };
  const failed = await shop.deploy({ ...first, files: 3, timeoutSeconds: 10 });
  expect(failed.report.text).toContain('NOT v6');
});

test.each([
  ['web', 0, 'RELEASED v5: worker 2/2 up; no web dyno is set to run'],
  ['worker', 1, 'LIVE v5  https://shop.example/'],
])('dynos of %s that are scaled down to %i meanwhile are not missed', async (type, quantity, text) => {
  const version: Version = { ...first, types: ['web', 'worker'], dynos: { web: 1, worker: 2 } };
  const shop = await deployedShop(version);
  shop.heroku.page = () => {
    shop.heroku.asSomeoneElse(() => shop.heroku.scale(type, quantity));
    return shop.heroku.formation['web'] === 0 ? 503 : 200;
  };
  const { report } = await shop.deploy({ ...version, files: 2, holdSeconds: 0.2 });
  expect(report.text).toBe(text);
});

test('a version that crashes is unhealthy, whatever its counts', async () => {
  const shop = await deployedShop();
  const { report } = await shop.deploy({ ...first, files: 2, healthy: false });
  expect(report.text).toMatch(/NOT v5: .*crashed$/);
});
