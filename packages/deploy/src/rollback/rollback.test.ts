import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { shortImageId } from '@tozo/heroku-client';
import { digestOf } from '@tozo/registry-pusher';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { DeployEvent } from '../report/events.ts';
import type { DeployReport } from '../report/report.ts';
import { acquireLease } from '../state/lease.ts';
import { openRecords } from '../state/records/open-records.ts';
import type { DeployRecord } from '../state/records/record.ts';
import { recordOf } from '../testing/records.ts';
import { type RollbackServices, rollbackServices } from '../testing/rollback-services.ts';
import type { RollbackRequest } from './request.ts';
import { startRollback } from './rollback.ts';

beforeEach(async () => vi.stubEnv('XDG_STATE_HOME', await mkdtemp(join(tmpdir(), 'tozo-rollback-'))));
afterEach(() => vi.unstubAllEnvs());

const [oldImage, newImage] = [digestOf('image 2'), digestOf('image 4')];
const deployed = (image: string) => `Deployed web (${shortImageId(image)})`;
const descriptions = ['Initial release', deployed(oldImage), 'Set LOG_LEVEL config vars', deployed(newImage)];

function run(services: RollbackServices, request: Partial<RollbackRequest> = {}): Promise<DeployReport> {
  const target = { kind: 'heroku', text: 'Heroku' } as const;
  return startRollback({ app: 'shop', target, types: ['web'], ...request }, services, () => undefined).finished;
}

/** Returns the record of a deploy whose health check needs no time. */
function quickRecordOf(release: number, changes: Partial<DeployRecord> = {}): DeployRecord {
  const { health, ...record } = recordOf(release, changes);
  return { ...record, health: { ...health, holdSeconds: 0, successes: 1, timeoutSeconds: 0.1 } };
}

async function recordDeploy(
  release: number,
  processes: DeployRecord['processes'] = { web: { dynos: 1 } },
): Promise<void> {
  await openRecords({ app: 'shop', target: 'heroku' }).write(quickRecordOf(release, { processes }));
}

test('rolls back to what ran before, says which config vars change, and records what runs (faults 76, 124, deploy)', async () => {
  await recordDeploy(2);
  const services = rollbackServices({ descriptions });
  const report = await run(services, { origin: { who: 'ana' } });
  expect(report).toMatchObject({
    outcome: 'deployed',
    text: `shop RUNS v5 = v2's image ${shortImageId(oldImage)}, NOT v4`,
    releases: [5],
    runningRelease: 5,
    warnings: [expect.stringContaining('LOG_LEVEL (v3)')],
  });
  expect(services.requests).toEqual(['rollback id-2']);
  const record = await openRecords({ app: 'shop', target: 'heroku' }).latest();
  expect(record).toMatchObject({ release: 5, releaseId: 'id-5', images: { web: oldImage }, who: 'ana' });
});

test('says from the start which environment is rolled back', async () => {
  const events: DeployEvent[] = [];
  const request = {
    app: 'shop',
    environment: 'production',
    target: { kind: 'heroku', text: 'Heroku' },
    types: ['web'],
  };
  await startRollback(request as RollbackRequest, rollbackServices({ descriptions: [] }), (event) => events.push(event))
    .finished;
  expect(events.map(({ type }) => type)).toEqual(['started', 'finished']);
  expect(events[0]).toMatchObject({ app: 'shop', environment: 'production' });
});

test('a process type that comes back with 0 dynos is named, also when nothing changes', async () => {
  await recordDeploy(2, { web: { dynos: 1 }, worker: { dynos: 1 } });
  const services = rollbackServices({ descriptions, dynos: { web: 1, worker: 0 } });
  const idle = 'worker was deployed with 1 dyno in v2 and has 0 now. To start it: heroku ps:scale worker=1 -a shop';
  expect(await run(services, { version: 2 })).toMatchObject({
    outcome: 'deployed',
    text: expect.stringMatching(/^shop RUNS v5 = v2's image .*, NOT v4; worker has 0 dynos$/),
    warnings: [expect.stringContaining('LOG_LEVEL'), idle],
  });
  expect(await run(services, { version: 2 })).toMatchObject({
    outcome: 'unchanged',
    text: "UNCHANGED v5: its images are v2's, but worker has 0 dynos; no release, no restart",
    warnings: [idle],
  });
  expect(services.requests).toEqual(['rollback id-2']);
});

test('a process type that was removed since is a reason to roll back, also to the very images that run', async () => {
  await recordDeploy(4, { web: { dynos: 1 }, worker: { dynos: 1 } });
  const services = rollbackServices({ descriptions });
  expect(await run(services, { version: 4 })).toMatchObject({
    outcome: 'deployed',
    text: expect.stringMatching(/^shop RUNS v5 = v4's image \w{12}; worker has 0 dynos$/),
    warnings: expect.arrayContaining([
      'worker was deployed with 1 dyno in v4 and has 0 now, because it was removed. To start it, deploy that version again.',
    ]),
  });
  expect(services.requests).toEqual(['rollback id-4']);
});

test('says that what a release phase changed stays', async () => {
  await recordDeploy(2);
  await openRecords({ app: 'shop', target: 'heroku' }).write(
    quickRecordOf(4, { images: { web: newImage, release: digestOf('migrate') } }),
  );
  const { warnings } = await run(rollbackServices({ descriptions }));
  expect(warnings).toContainEqual(
    expect.stringMatching(/^What release phases changed after v2, such as a database, isn't undone/),
  );
});

test("the record of another deploy of the same images doesn't say which dynos ran", async () => {
  await recordDeploy(2, { web: { dynos: 1 }, worker: { dynos: 1 } });
  const report = await run(rollbackServices({ descriptions: ['Initial release', ...descriptions] }), { version: 3 });
  expect(report.outcome).toBe('deployed');
  expect(report.warnings.filter((text) => text.includes('worker'))).toEqual([]);
});

test('another machine finds the newest verified release, and its record, by the newest record in the registry', async () => {
  const services = rollbackServices({ descriptions: [...descriptions, deployed(digestOf('image 5'))] });
  const elsewhere = openRecords({
    app: 'shop',
    target: 'heroku',
    directory: await mkdtemp(join(tmpdir(), 'tozo-elsewhere-')),
    registry: { publisher: services.images.publisher, types: ['web'] },
  });
  const earlier = [{ release: 2, releaseId: 'id-2', commit: recordOf(2).commit }];
  for (const record of [quickRecordOf(2), quickRecordOf(5, { earlier })]) await elsewhere.write(record);
  const report = await run(services, { keepConfig: true });
  expect(report).toMatchObject({
    outcome: 'deployed',
    text: expect.stringContaining(" = v2's image"),
    warnings: [
      expect.stringMatching(/^Not chosen, because no record says that it was verified: v4\. v2 was verified\./),
    ],
  });
  expect(services.requests).toEqual(['images web']);
  expect(await openRecords({ app: 'shop', target: 'heroku' }).latest()).toMatchObject({
    release: 6,
    earlier: [{ release: 5 }, { release: 2 }],
  });
});

test('--keep-config releases the images of the record instead, in one update', async () => {
  await recordDeploy(2);
  const services = rollbackServices({ descriptions });
  const report = await run(services, { keepConfig: true });
  expect(report).toMatchObject({ outcome: 'deployed', warnings: [] });
  expect(services.requests).toEqual(['images web']);
});

test('--keep-config is refused if no record and no registry knows the images', async () => {
  const services = rollbackServices({ descriptions });
  const report = await run(services, { keepConfig: true, version: 2 });
  expect(report).toMatchObject({ outcome: 'failed', exitCode: 1, error: { code: 'ROLLBACK_IMPOSSIBLE' } });
  expect(report.text).toContain(`web ${shortImageId(oldImage)}`);
  expect(report.text).toContain('tozo rollback v2');
  expect(services.requests).toEqual([]);
});

test('an unhealthy version is reported with the release that runs, and nothing else is tried (faults 74, 100, deploy)', async () => {
  await recordDeploy(2);
  const services = rollbackServices({ descriptions, dynoState: 'crashed' });
  const report = await run(services);
  expect(report).toMatchObject({ outcome: 'broken', exitCode: 4, runningRelease: 5 });
  expect(report.text).toMatch(/^shop RUNS v5 = v2's image .*, NOT v4, WHICH IS UNHEALTHY: web.1 crashed$/);
  expect(services.requests).toEqual(['rollback id-2']);
});

test("someone else's release at the same moment is reported and not undone (fault 98, deploy)", async () => {
  await recordDeploy(2);
  const services = rollbackServices({ descriptions, onRequest: (shop) => void shop.add(deployed(digestOf('theirs'))) });
  const report = await run(services);
  expect(report).toMatchObject({ outcome: 'superseded', exitCode: 5, others: [{ version: 5 }] });
  expect(report.text).toMatch(
    /^shop RUNS v6 = v2's image .*, NOT v4, ON TOP OF SOMEONE ELSE'S v5: ana@example.com released v5 .* at the same time$/,
  );
  expect(services.requests).toEqual(['rollback id-2']);
});

test('changes nothing without a confirmation, or while a deploy runs (fault 82, deploy)', async () => {
  const services = rollbackServices({ descriptions });
  expect(await run(services, { confirm: async ({ target }) => target.version !== 2 })).toMatchObject({
    outcome: 'cancelled',
    text: 'CANCELLED shop: nothing was rolled back',
  });
  await using _lease = await acquireLease('shop', 'heroku');
  expect(await run(services)).toMatchObject({ outcome: 'failed', error: { code: 'DEPLOY_RUNNING' } });
  expect(services.requests).toEqual([]);
});

test("doesn't judge a version by the page of maintenance mode that is turned on meanwhile", async () => {
  await recordDeploy(2);
  const services = rollbackServices({ descriptions, maintenance: 'later' });
  expect(await run(services)).toMatchObject({
    outcome: 'broken',
    text: expect.stringMatching(
      /^shop RUNS v5 = v2's image \w{12}, NOT v4, NOT VERIFIED: shop is in maintenance mode, so v5 can't be verified\. Turn it off with: heroku maintenance:off -a shop$/,
    ),
  });
  expect(services.requests).toEqual(['rollback id-2']);
  expect(await openRecords({ app: 'shop', target: 'heroku' }).latest()).toMatchObject({ release: 2 });
});

test('works in maintenance mode, and says that only dynos are checked', async () => {
  await recordDeploy(2);
  const report = await run(rollbackServices({ descriptions, maintenance: true }));
  expect(report).toMatchObject({ outcome: 'deployed' });
});
