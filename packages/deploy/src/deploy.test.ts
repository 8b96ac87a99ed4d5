import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { digestOf } from '@tozo/registry-pusher';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { parseConfig } from './config/load-config.ts';
import { resolveValues } from './config/values.ts';
import { deploy, startDeploy } from './deploy.ts';
import type { DeployEvent } from './report/events.ts';
import type { DeployReport } from './report/report.ts';
import type { DeployRequest } from './request.ts';
import { type FakeServices, fakeServices, imageId, releaseOf } from './testing/fake-services.ts';

beforeEach(async () => vi.stubEnv('XDG_STATE_HOME', await mkdtemp(join(tmpdir(), 'tozo-deploy-'))));
afterEach(() => vi.unstubAllEnvs());

const config = parseConfig('{"processes": {"web": {}}}');

const defaults: DeployRequest = {
  directory: '/srv/shop',
  config,
  values: resolveValues(config, {}),
  app: 'shop',
  target: { kind: 'heroku', text: 'Heroku' },
  builder: 'auto',
};

async function run(
  services: FakeServices,
  request: Partial<DeployRequest> = {},
): Promise<DeployReport & { readonly events: string[] }> {
  const events: DeployEvent[] = [];
  const report = await deploy({ ...defaults, ...request }, services, (event) => events.push(event));
  return { ...report, events: events.map((event) => ('step' in event ? `${event.type} ${event.step}` : event.type)) };
}

test('a builder that builds before the plan puts the image into a dry run', async () => {
  const services = fakeServices({ buildsBeforePlan: true });
  expect(await run(services, { dryRun: true })).toMatchObject({
    outcome: 'planned',
    imageId,
    events: ['started', 'step-started build', 'step-finished build', 'planned', 'finished'],
  });
  expect(services.published).toEqual([]);
});

test('a builder that builds after the plan builds nothing in a dry run', async () => {
  const services = fakeServices({ buildsBeforePlan: false });
  const report = await run(services, { dryRun: true });
  expect(report).toMatchObject({ outcome: 'planned', events: ['started', 'planned', 'finished'] });
  expect(report.imageId).toBeUndefined();
  expect(services.built).toEqual([]);
});

test('a builder that builds after the plan builds once it is confirmed, and plans again with the image', async () => {
  const services = fakeServices({ buildsBeforePlan: false });
  const report = await run(services, { confirm: async ({ images }) => images[0]?.imageId === undefined });
  expect(report).toMatchObject({ outcome: 'deployed', imageId, release: 4 });
  expect(report.events.slice(0, 5)).toEqual([
    'started',
    'planned',
    'step-started build',
    'step-finished build',
    'planned',
  ]);
  expect([services.built, services.published, services.released]).toEqual([['image'], ['shop/web'], ['web']]);
});

test.each([true, false])(
  'keeps the built files until they are published (built before the plan: %s)',
  async (buildsBeforePlan) => {
    const services = fakeServices({ buildsBeforePlan });
    expect(await run(services)).toMatchObject({ outcome: 'deployed' });
    expect(services.files).toEqual(['published', 'removed']);
  },
);

test.each([
  [digestOf('other files'), /files in \/srv\/shop differ from the build job's: expected sha256:\w+, found sha256:/],
  [undefined, /can't be compared with the build job's sha256:\w+: the Docker builder computes no digest/],
])('is refused when the context digest is %s', async (contextDigest, message) => {
  const services = fakeServices({ contextDigest });
  expect(await run(services, { contextDigest: digestOf('files') })).toMatchObject({
    outcome: 'failed',
    error: { code: 'ARTIFACT_CHANGED', message: expect.stringMatching(message) },
  });
  expect(services.built).toEqual([]);
});

test('compares no files with the build job where the image itself is handed over by its digest', async () => {
  const handed = {
    from: { registry: 'r', repository: 'shop', digest: digestOf('manifest') },
    sourceDigest: digestOf('source'),
  };
  const request = { contextDigest: digestOf('files'), handed };
  expect(await run(fakeServices({ contextDigest: undefined }), request)).toMatchObject({ outcome: 'deployed' });
});

test("is superseded by someone else's release before its own (fault 71, deploy)", async () => {
  const services = fakeServices({ outcome: { outcome: 'superseded', others: [releaseOf(5)] }, newestVersion: 5 });
  const report = await run(services);
  expect(report).toMatchObject({ outcome: 'superseded', error: { code: 'SUPERSEDED' } });
  expect(report.text).toContain('someone else released v5 during this deploy, which started from v3');
  expect(report.events).not.toContain('step-started rollback');
});

test("is superseded by someone else's release after its own, and doesn't roll it back (fault 71, deploy)", async () => {
  const report = await run(fakeServices({ newestVersion: 5 }));
  expect(report).toMatchObject({ outcome: 'superseded', release: 4 });
  expect(report.text).toContain("v5 runs now, and this deploy's v4 came before it. Nothing was rolled back");
  expect(report.events).not.toContain('step-started rollback');
});

test('reports at any moment what is known, without waiting for the deploy', async () => {
  const controller = new AbortController();
  const services = fakeServices();
  const running = startDeploy(defaults, services, () => undefined, controller.signal);
  controller.abort();
  expect(running.reportNow(controller.signal.reason)).toMatchObject({
    outcome: 'cancelled',
    text: 'CANCELLED shop: nothing was changed',
  });
  expect(await running.finished).toMatchObject({ outcome: 'cancelled' });
});
