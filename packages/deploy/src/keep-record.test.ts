import { digestOf } from '@tozo/registry-pusher';
import { expect, test } from 'vitest';
import { parseConfig } from './config/load-config.ts';
import { keepRecord } from './keep-record.ts';
import type { Observations } from './outcome/observations.ts';
import type { DeployOutcome } from './outcome/outcome.ts';
import type { DeployPlan } from './plan/plan.ts';
import type { Image } from './ports.ts';
import type { DeployReport } from './report/report.ts';
import type { DeployRecord } from './state/records/record.ts';
import type { Deployment } from './steps/deployment.ts';
import { configVars, failedV5, setA, unchangedPlan, v4, v5, v6 } from './testing/ends.ts';
import {
  healthy,
  newImage,
  observed,
  oldImage,
  planOf,
  pushed,
  rollbackOf,
  stoppedBy,
  unhealthy,
} from './testing/observed.ts';
import { recordOf } from './testing/records.ts';

/** Returns the record that a deploy stores which ends so. */
async function recordAfter(
  outcome: DeployOutcome,
  plan: Partial<DeployPlan>,
  seen: Partial<Observations>,
  record?: DeployRecord,
): Promise<DeployRecord | undefined> {
  const written: DeployRecord[] = [];
  const deployment = {
    run: {
      seen: observed(seen),
      request: { config: parseConfig('{"processes": {"web": {}}}') },
      warn: () => undefined,
    },
    plan: planOf(plan),
    current: { ...(record ? { record, runningRecord: record } : {}) },
    records: { write: async (each: DeployRecord) => void written.push(each) },
    manifests: {},
    images: { web: { imageId: newImage } as Image },
  } as unknown as Deployment;
  await keepRecord(deployment, { outcome } as DeployReport);
  expect(written.length).toBeLessThanOrEqual(1);
  return written[0];
}

const bad = { kind: 'unhealthy', reason: 'web.1 crashed' } as const;
const notReleased = { kind: 'not-released', code: 'RELEASE_FAILED', reason: 'release v5 failed' } as const;
const killed: Partial<DeployPlan> = { ...unchangedPlan, currentRelease: 4 };
const startedFromV4 = { newest: v4, current: v4 };

test.each<[string, DeployOutcome, DeployRecord['result'], number, Partial<DeployPlan>, Partial<Observations>]>([
  ['what went live', 'deployed', 'verified', 4, {}, { pushed, image: v4, current: v4, health: healthy(4) }],
  ['a change of config vars that went live', 'deployed', 'released', 4, {}, { config: v4, current: v4 }],
  [
    'a version that was rolled back',
    'rolled-back',
    'rolled-back',
    5,
    configVars,
    { config: v4, image: v5, current: v6, rollback: rollbackOf({ cause: bad, release: v6, health: healthy(6) }) },
  ],
  [
    'config vars that were rolled back',
    'rolled-back',
    'rolled-back',
    4,
    { ...unchangedPlan, ...configVars },
    { config: setA, current: v5, rollback: rollbackOf({ cause: bad, release: v5, health: healthy(5) }) },
  ],
  [
    'config vars whose images Heroku treats as released, and that were rolled back',
    'rolled-back',
    'rolled-back',
    4,
    configVars,
    { config: v4, image: 'none', current: v5, rollback: rollbackOf({ cause: bad, release: v5, health: healthy(5) }) },
  ],
  [
    "a killed deploy's version that was rolled back (fault 80, deploy)",
    'rolled-back',
    'rolled-back',
    4,
    killed,
    { before: startedFromV4, current: v5, rollback: rollbackOf({ cause: bad, release: v5, health: healthy(5) }) },
  ],
  [
    "a killed deploy's version whose rollback failed",
    'broken',
    'failed',
    4,
    killed,
    { before: startedFromV4, current: v4, rollback: rollbackOf({ cause: bad, release: failedV5 }) },
  ],
  ['an unhealthy version that stays', 'broken', 'failed', 4, {}, { image: v4, current: v4, health: unhealthy(4) }],
  [
    'unhealthy config vars that stay',
    'broken',
    'failed',
    4,
    { ...unchangedPlan, ...configVars },
    { config: v4, current: v4, health: unhealthy(4) },
  ],
  ['a failed release', 'failed', 'failed', 5, configVars, { config: v4, image: failedV5, current: v4 }],
  [
    'a failed release whose config vars were undone',
    'failed',
    'failed',
    5,
    configVars,
    { config: v4, image: failedV5, current: v6, rollback: rollbackOf({ cause: notReleased, release: v6 }) },
  ],
])('the record of %s belongs to the release that had it', async (_, outcome, result, release, plan, seen) => {
  expect(await recordAfter(outcome, plan, seen)).toMatchObject({
    result,
    release,
    releaseId: `id-${release}`,
    images: { web: newImage },
  });
});

test.each<[string, DeployOutcome, Partial<DeployPlan>, Partial<Observations>]>([
  ['Heroku released no image', 'failed', {}, { image: 'none' }],
  [
    'no image was released, and the config vars were undone',
    'failed',
    configVars,
    { config: v4, image: 'none', current: v5, rollback: rollbackOf({ cause: notReleased, release: v5 }) },
  ],
  ['an earlier version is unhealthy now', 'broken', unchangedPlan, { health: unhealthy(3) }],
  [
    'an earlier version is unhealthy with other dyno counts',
    'broken',
    unchangedPlan,
    { image: 'none', health: unhealthy(3) },
  ],
  ['nobody saw how the new version is', 'broken', {}, { image: v4, current: v4, stopped: stoppedBy('failed') }],
  ['the deploy was canceled', 'cancelled', {}, { image: v4, current: v4 }],
  ["someone else's release came in between", 'superseded', {}, { image: v4, current: v5 }],
])('nothing is recorded of what runs when %s', async (_, outcome, plan, seen) => {
  expect(await recordAfter(outcome, plan, seen, recordOf(3, { images: { web: oldImage } }))).toBeUndefined();
});

test.each<[string, Partial<Observations>, readonly string[], readonly string[] | undefined]>([
  [
    'both of two types that were removed',
    { removal: { releases: [v5], removed: ['clock', 'cron'] } },
    [],
    ['clock', 'cron'],
  ],
  ['one of two that was removed', { removal: { releases: [v5], removed: ['cron'] } }, ['clock'], ['cron']],
  ['types whose removal failed', { removal: { releases: [failedV5], removed: [] } }, ['clock', 'cron'], undefined],
  ['types whose removal was not reached', {}, ['clock', 'cron'], undefined],
])('%s are recorded as what they are: gone, or still ours (fault 106, deploy)', async (_, seen, ours, removed) => {
  const [clock, cron] = [digestOf('clock'), digestOf('cron')];
  const last = recordOf(3, { images: { web: oldImage, clock, cron } });
  const plan = { removals: ['clock', 'cron'] };
  const record = await recordAfter('deployed', plan, { pushed, image: v4, current: v4, ...seen }, last);
  expect(record?.removed).toEqual(removed);
  const kept = Object.entries({ clock, cron }).filter(([type]) => ours.includes(type));
  expect(record?.images).toEqual({ web: newImage, ...Object.fromEntries(kept) });
});
