import { expect, test } from 'vitest';
import type { Health } from '../outcome/observations.ts';
import { exitCodeOf } from '../outcome/outcome.ts';
import { releaseOf, stoppedBy } from '../testing/observed.ts';
import { concludeRollback } from './conclude.ts';
import type { RollbackPlan } from './plan.ts';
import type { RollbackSeen } from './seen.ts';

const bad = '999999999999';
const good = '142013fe2b5c';

const plan: RollbackPlan = {
  app: 'shop',
  environment: 'production',
  from: { version: 42, description: `Deployed web (${bad})`, imageIds: [bad], createdAt: '', user: null },
  target: {
    id: 'id-41',
    version: 41,
    description: `Deployed web (${good})`,
    imageIds: [good],
    createdAt: '',
    user: null,
  },
  way: 'rollback',
  images: {},
  config: { changes: [], isComplete: true },
  dynos: {},
  removedTypes: [],
  preboot: false,
  warnings: [],
};

const v42 = releaseOf(42);
const v43 = releaseOf(43, { description: 'Rollback to v41' });
const target = { id: 'id-41', version: 41 };
const healthy: Health = { kind: 'healthy', dynos: { web: 1 }, responded: true, versionProven: true };

function seenOf(overrides: Partial<RollbackSeen> = {}): RollbackSeen {
  return { before: { newest: v42, current: v42 }, others: [], current: v42, imageIds: [bad], ...overrides };
}

function rolledBack(overrides: Partial<RollbackSeen> = {}): RollbackSeen {
  return seenOf({ rollback: { target, way: 'rollback', release: v43 }, current: v43, imageIds: [good], ...overrides });
}

const withoutRelease = { target, way: 'rollback' } as const;

test('starts with the rollback, then verifies what it went back to', () => {
  expect(concludeRollback(plan, seenOf())).toEqual({ kind: 'next', next: 'go-back' });
  expect(concludeRollback(plan, rolledBack())).toEqual({ kind: 'next', next: 'verify' });
});

/* Every end: what was observed, the exit code, and the last line. */
test.each<[string, RollbackSeen, number, string | RegExp]>([
  [
    'the version is healthy: names the release and the image that run, read back (faults 100, 124, deploy)',
    rolledBack({ health: healthy }),
    0,
    `PRODUCTION RUNS v43 = v41's image ${good}, NOT v42`,
  ],
  [
    'no dyno is set to run (fault 69, deploy)',
    rolledBack({ health: { kind: 'nothing-to-check' } }),
    0,
    `PRODUCTION RUNS v43 = v41's image ${good}, NOT v42; no dyno is set to run, so nothing was checked`,
  ],
  [
    'a process type that was removed since has no dynos (fault 69, deploy)',
    rolledBack({ health: healthy, missing: [{ type: 'worker', dynos: 1, isScalable: true }] }),
    0,
    `PRODUCTION RUNS v43 = v41's image ${good}, NOT v42; worker has 0 dynos`,
  ],
  [
    'no web dyno is set to run (fault 69, deploy)',
    rolledBack({ health: { ...healthy, dynos: { web: 0, worker: 1 }, responded: false } }),
    0,
    `PRODUCTION RUNS v43 = v41's image ${good}, NOT v42; no web dyno is set to run`,
  ],
  [
    'the web dynos that its deploy had are set to 0',
    rolledBack({
      health: { ...healthy, dynos: { web: 0, worker: 1 }, responded: false },
      missing: [{ type: 'web', dynos: 1, isScalable: true }],
    }),
    0,
    `PRODUCTION RUNS v43 = v41's image ${good}, NOT v42; web has 0 dynos`,
  ],
  [
    'the version is unhealthy',
    rolledBack({ health: { kind: 'unhealthy', reason: 'web.1 crashed' } }),
    4,
    /^PRODUCTION RUNS v43 = v41's image .*, NOT v42, WHICH IS UNHEALTHY: web.1 crashed$/,
  ],
  [
    'another release took over during the check',
    rolledBack({ health: { kind: 'replaced', by: 44 } }),
    4,
    /WHICH IS REPLACED by v44$/,
  ],
  [
    'what runs is read back as another image (fault 124, deploy)',
    rolledBack({ imageIds: [bad], health: healthy }),
    4,
    `PRODUCTION RUNS v43 with image ${bad}, but v41 ran image ${good}`,
  ],
  [
    'Heroku still names another release as the current one',
    rolledBack({ current: v42 }),
    4,
    'PRODUCTION RUNS v42, although the rollback v43 succeeded',
  ],
  [
    'the check breaks off (fault 100, deploy)',
    rolledBack({ stopped: stoppedBy('failed') }),
    4,
    /^PRODUCTION RUNS v43 = v41's image .*, NOT v42, NOT VERIFIED: no connection$/,
  ],
  [
    "the releases couldn't be read after the rollback",
    rolledBack({ current: v42, imageIds: [bad], stopped: stoppedBy('failed', { looked: false }) }),
    4,
    'PRODUCTION RUNS v43 = v41, NOT v42, NOT VERIFIED: no connection',
  ],
  [
    'a signal during the check',
    rolledBack({ stopped: stoppedBy('cancelled') }),
    1,
    `CANCELLED shop: RUNS v43 = v41's image ${good}, NOT v42, NOT VERIFIED`,
  ],
  [
    'the release phase fails',
    seenOf({ rollback: { ...withoutRelease, release: releaseOf(43, { status: 'failed' }) } }),
    1,
    'FAILED shop: v42 is still running: the rollback v43 ended as "failed": its release phase failed',
  ],
  [
    'the release phase goes on',
    seenOf({ rollback: { ...withoutRelease, release: releaseOf(43, { status: 'pending' }), problem: 'TIMEOUT' } }),
    4,
    /^UNKNOWN what shop will run: the rollback v43 is pending and will go live if it succeeds; v42 is still running/,
  ],
  [
    'a signal during the release phase',
    seenOf({
      rollback: { ...withoutRelease, release: releaseOf(43, { status: 'pending' }) },
      stopped: stoppedBy('cancelled'),
    }),
    1,
    /^CANCELLED shop: the rollback v43 is pending and will go live/,
  ],
  [
    'Heroku refuses',
    seenOf({ rollback: { ...withoutRelease, refused: true, problem: 'the slug is gone' } }),
    1,
    'FAILED shop: v42 is still running: the rollback to v41 was refused: the slug is gone',
  ],
  [
    "the response is lost, and there's no release",
    seenOf({ rollback: { ...withoutRelease, problem: 'connection reset' } }),
    4,
    'UNKNOWN whether shop was rolled back to v41: connection reset. v42 is still running',
  ],
  [
    'a signal during the request',
    seenOf({ rollback: { ...withoutRelease, problem: 'aborted' }, stopped: stoppedBy('cancelled') }),
    1,
    'CANCELLED shop: v42 is still running, but the rollback to v41 may still take effect',
  ],
  [
    'a signal before the request',
    seenOf({ stopped: stoppedBy('cancelled') }),
    1,
    'CANCELLED shop: nothing was rolled back',
  ],
  [
    'an error before the request',
    seenOf({ stopped: stoppedBy('failed') }),
    1,
    'FAILED shop: nothing was rolled back: no connection',
  ],
  [
    "someone else's release before the request (fault 98, deploy)",
    seenOf({ others: [releaseOf(43)] }),
    5,
    /^SUPERSEDED shop: ana@example.com released v43 .* in the meantime. Nothing was rolled back$/,
  ],
  [
    "someone else's release on top of the rollback (fault 98, deploy)",
    rolledBack({ others: [releaseOf(44)], current: releaseOf(44), health: healthy }),
    5,
    /released v44 .*, on top of the rollback v43. v44 runs now. It was not undone$/,
  ],
  [
    "someone else's release just below the rollback (fault 98, deploy)",
    seenOf({
      rollback: { target, way: 'rollback', release: releaseOf(44, { description: 'Rollback to v41' }) },
      current: releaseOf(44),
      imageIds: [good],
      others: [releaseOf(43)],
      health: healthy,
    }),
    5,
    /^PRODUCTION RUNS v44 = v41's image .* ON TOP OF SOMEONE ELSE'S v43: .* released v43 .* at the same time$/,
  ],
])('%s', (_what, seen, exitCode, text) => {
  const conclusion = concludeRollback(plan, seen);
  if (conclusion.kind !== 'end') throw new Error(`goes on: ${conclusion.next}`);
  const { end } = conclusion;
  if (typeof text === 'string') expect(end.text).toBe(text);
  else expect(end.text).toMatch(text);
  expect(exitCodeOf(end.outcome)).toBe(exitCode);
  if (exitCode !== 0) expect(end.error?.message).not.toBe('');
});

test("a failed release of someone else isn't in the way (fault 99, deploy)", () => {
  const failed = releaseOf(43, { status: 'failed', current: false });
  expect(concludeRollback(plan, seenOf({ others: [failed] }))).toEqual({ kind: 'next', next: 'go-back' });
});

test('a version that runs without some of its dynos is unchanged, and that is said', () => {
  const current = { ...plan, from: plan.target };
  const missing = [
    { type: 'worker', dynos: 1, isScalable: true },
    { type: 'cron', dynos: 1, isScalable: true },
  ];
  expect(concludeRollback(current, seenOf({ missing }))).toMatchObject({
    end: { text: 'UNCHANGED v41: it runs already, but worker, cron have 0 dynos; no release, no restart' },
  });
});

test('a removed process type is a reason to go back to the very images that run', () => {
  const removed = { ...plan, from: plan.target, removedTypes: ['worker'] };
  expect(concludeRollback(removed, seenOf())).toEqual({ kind: 'next', next: 'go-back' });
});

test('nothing is released if the target runs already', () => {
  const current = { ...plan, from: plan.target };
  expect(concludeRollback(current, seenOf())).toMatchObject({
    end: { outcome: 'unchanged', text: 'UNCHANGED v41: it runs already; no release, no restart' },
  });
});
