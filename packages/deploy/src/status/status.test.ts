import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Secret, shortImageId } from '@tozo/heroku-client';
import { digestOf } from '@tozo/registry-pusher';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { parseConfig } from '../config/load-config.ts';
import { openAttempts } from '../state/attempts.ts';
import type { CurrentState } from '../state/current-state.ts';
import { openRecords } from '../state/records/open-records.ts';
import { releaseOf } from '../testing/observed.ts';
import { recordOf } from '../testing/records.ts';
import { rollbackServices } from '../testing/rollback-services.ts';
import { findDrift } from './drift.ts';
import { describeHistory } from './history.ts';
import { readStatus } from './read-status.ts';

beforeEach(async () => vi.stubEnv('XDG_STATE_HOME', await mkdtemp(join(tmpdir(), 'tozo-status-'))));
afterEach(() => vi.unstubAllEnvs());

const config = parseConfig('{"processes": {"web": {}}}');
const target = { kind: 'heroku', text: 'Heroku' } as const;
const image = digestOf('image 2');
const descriptions = ['Initial release', `Deployed web (${shortImageId(image)})`];

const read = (options: Parameters<typeof rollbackServices>[0], history = false) =>
  readStatus({ app: 'shop', target, config, env: {}, history }, rollbackServices(options));

test('says whose deploy runs, by its record, also after config vars were changed', async () => {
  const record = recordOf(2, { who: 'ana', pipeline: 'https://gitlab.example/1' });
  await openRecords({ app: 'shop', target: 'heroku' }).write(record);
  const status = await read({ descriptions: [...descriptions, 'Set LOG_LEVEL config vars'] }, true);
  expect(status).toMatchObject({
    state: 'healthy',
    exitCode: 0,
    text: 'shop RUNS v3: healthy, as far as its dynos show',
    deploy: { commit: record.commit, who: 'ana', pipeline: 'https://gitlab.example/1' },
    processes: [{ type: 'web', expected: 1, up: 1, image: shortImageId(image) }],
    unknowns: [],
  });
  expect(status.history?.map(({ version, kind, canGoBack, recorded }) => [version, kind, canGoBack, recorded])).toEqual(
    [
      [3, 'config', false, false],
      [2, 'deploy', true, true],
      [1, 'config', false, false],
    ],
  );
});

test("says what it doesn't know: a deploy without a record", async () => {
  const status = await read({ descriptions });
  expect(status).not.toHaveProperty('deploy');
  expect(status.unknowns).toEqual([expect.stringContaining('Which commit runs')]);
});

test('a deploy of this machine that was stopped before it ended may be incomplete (fault 80, deploy)', async () => {
  await openAttempts({ app: 'shop', target: 'heroku' }).begin({ images: { web: image } });
  const { unknowns } = await read({ descriptions });
  expect(unknowns).toContainEqual(
    'Whether a deploy from this machine that was stopped before it ended is complete. Deploy again to finish it.',
  );
});

test('an unhealthy app has exit code 4, one that was never deployed 0 (fault 69, deploy)', async () => {
  expect(await read({ descriptions, dynoState: 'crashed' })).toMatchObject({
    state: 'unhealthy',
    exitCode: 4,
    text: 'shop RUNS v2, WHICH IS UNHEALTHY: web.1 crashed',
  });
  expect(await read({ descriptions: ['Initial release'] })).toMatchObject({
    state: 'nothing-deployed',
    exitCode: 0,
    text: 'shop RUNS NOTHING: no image was released yet',
  });
});

test("a dyno that is starting isn't unhealthy", async () => {
  expect(await read({ descriptions, dynoState: 'starting' })).toMatchObject({
    state: 'starting',
    exitCode: 0,
    text: 'shop RUNS v2, which is starting: 0 of 1 dynos up: web.1 is starting',
  });
});

test('an app without web dynos is never called healthy, and status says how to start them', async () => {
  const workers = parseConfig('{"processes": {"web": {}, "worker": {}}}');
  const released = ['Initial release', `Deployed web (${shortImageId(image)}), worker (${shortImageId(image)})`];
  const services = rollbackServices({ descriptions: released, dynos: { web: 0, worker: 1 } });
  expect(await readStatus({ app: 'shop', target, config: workers, env: {} }, services)).toMatchObject({
    state: 'nothing-to-check',
    exitCode: 0,
    text: 'shop RUNS v2: 1 of 1 dynos up; no web dyno is set to run',
    drift: ['web is set to 0 dynos, so every request gets a 503. To start it: heroku ps:scale web=1 -a shop'],
  });
  const declared = parseConfig('{"processes": {"web": {"dynos": 0}, "worker": {}}}');
  expect((await readStatus({ app: 'shop', target, config: declared, env: {} }, services)).drift).toEqual([]);
});

test.each([true, 'later'] as const)(
  'in maintenance mode only dynos are checked, and that is said',
  async (maintenance) => {
    const { state, text, drift } = await read({ descriptions, maintenance });
    expect([state, text]).toEqual(['healthy', 'shop RUNS v2: healthy, as far as its dynos show']);
    expect(drift).toEqual([expect.stringContaining('maintenance:off')]);
  },
);

test('names counts, types and config vars that differ from deploy.json, and never values (fault 108, deploy)', () => {
  const declared = parseConfig(
    JSON.stringify({
      processes: { web: { dynos: 1 }, worker: {} },
      configVars: { SAME: 'a', OTHER: 'b', UNSET: 'c', HIDDEN: { fromEnv: 'HIDDEN' } },
    }),
  );
  const current: CurrentState = {
    app: { id: 'id', name: 'shop', webUrl: null },
    configVars: Object.fromEntries(['SAME', 'OTHER', 'HIDDEN'].map((name) => [name, new Secret('a')])),
    configVarsNotInEffect: ['OTHER'],
    formation: { web: 3, cron: 1 },
    releases: [],
    removals: [],
    records: [],
    newestVersion: 2,
    ranBefore: true,
    registry: {},
    running: { kind: 'unknown', reason: '' },
    preboot: false,
    record: recordOf(2),
    unknowns: [],
  };
  const { drift, unknowns } = findDrift(declared, {}, current);
  expect(drift.map((text) => text.split(':')[0])).toEqual([
    'web is set to 3 dynos and deploy.json says 1',
    "cron isn't in deploy.json",
    "worker is in deploy.json and wasn't deployed yet.",
    'Config var OTHER has another value than deploy.json declares.',
    "Config var UNSET is in deploy.json and isn't set.",
    "Config var OTHER isn't in effect",
  ]);
  expect(unknowns).toEqual([expect.stringContaining('HIDDEN')]);
});

test('history tells rollbacks, failures and the releases that can be gone back to', () => {
  const releases = [
    releaseOf(5, { description: 'Rollback to v2' }),
    releaseOf(4, { current: false, status: 'failed' }),
    releaseOf(3, { current: false, eligibleForRollback: false }),
    releaseOf(2, { current: false }),
  ];
  const history = describeHistory(releases, [recordOf(3, { result: 'rolled-back' })]);
  expect(history.map(({ what, canGoBack }) => [what, canGoBack])).toEqual([
    ['rollback to v2', false],
    ['Deployed web (142013fe2b5c)', false],
    [expect.stringContaining('unhealthy, rolled back'), false],
    ['Deployed web (142013fe2b5c)', true],
  ]);
});
