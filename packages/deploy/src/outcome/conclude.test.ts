import { describe, expect, test } from 'vitest';
import { defaultHealthCheck } from '../config/schema.ts';
import type { DeployPlan } from '../plan/plan.ts';
import {
  healthy,
  newImage,
  observed,
  planOf,
  pushed,
  releaseOf,
  rollbackOf,
  stoppedBy,
  unhealthy,
} from '../testing/observed.ts';
import { conclude } from './conclude.ts';
import type { NextStep } from './conclusion.ts';
import type { Observations } from './observations.ts';
import { type DeployOutcome, exitCodeOf } from './outcome.ts';

/** One situation: what is planned and was observed, and what must follow. */
type Row = readonly [name: string, plan: Partial<DeployPlan>, seen: Partial<Observations>, expected: Expected];
type Expected = NextStep | readonly [outcome: DeployOutcome, exitCode: number, text: string | RegExp, next?: RegExp];

const v4 = releaseOf(4);
const v5 = releaseOf(5);
const v6 = releaseOf(6);
const pendingV4 = releaseOf(4, { status: 'pending', current: false });
const failedV4 = releaseOf(4, { status: 'failed', current: false });
const failedV5 = releaseOf(5, { status: 'failed', current: false });
const setA = releaseOf(4, { description: 'Set A config vars' });
const rivalV4 = releaseOf(4, { user: 'ben@example.com', description: 'Deployed web (ffffffffffff)' });
const rivalV5 = releaseOf(5, { user: 'ben@example.com', description: 'Set A config vars' });
const rivalV6 = releaseOf(6, { user: 'ben@example.com', description: 'Deployed web (ffffffffffff)' });
const configVars = { configVars: { set: ['A', 'B'], unchanged: [], notInEffect: [] } };
const unchangedPlan: Partial<DeployPlan> = {
  images: [{ type: 'web', repository: 'shop/web', imageId: newImage, running: newImage, pushed: true }],
  release: { needed: false, reason: 'these images are already running', phase: false },
};
const unknownPlan: Partial<DeployPlan> = {
  images: [{ type: 'web', repository: 'shop/web', imageId: newImage, pushed: true }],
};
const firstDeploy: Partial<DeployPlan> = {
  images: [{ type: 'web', repository: 'shop/web', imageId: newImage, pushed: false }],
};
const live = { pushed, image: v4, current: v4 };

const inOrder: readonly Row[] = [
  ['images that the registry lacks are pushed first', configVars, {}, { step: 'push' }],
  ['config vars are set before the images are released', configVars, { pushed }, { step: 'config' }],
  ['images are released after the config vars', configVars, { pushed, config: v4, current: v4 }, { step: 'release' }],
  [
    'images are released when Heroku needed no release for the config vars',
    configVars,
    { pushed, config: 'none' },
    { step: 'release' },
  ],
  ['pushed images are not pushed again', unknownPlan, {}, { step: 'release' }],
  [
    'a dyno count is changed together with the images',
    { ...unchangedPlan, scale: [{ type: 'web', from: 1, to: 2, reason: 'declared-count-changed' }] },
    {},
    { step: 'release' },
  ],
  ['what was released is verified', {}, live, { step: 'verify' }],
  ['what is already running is verified', unchangedPlan, {}, { step: 'verify' }],
  ['a verdict on another release counts for nothing', {}, { ...live, health: healthy(3) }, { step: 'verify' }],
  [
    'process types go once the new version is verified',
    { removals: ['clock'] },
    { ...live, health: healthy(4) },
    { step: 'remove', types: ['clock'] },
  ],
  [
    'a release made by the removal is verified',
    { removals: ['clock'] },
    { ...live, health: healthy(4), removal: { release: v5 }, current: v5 },
    { step: 'verify' },
  ],
];

const good: readonly Row[] = [
  ['healthy and responding', {}, { ...live, health: healthy(4) }, ['deployed', 0, 'LIVE v4  https://shop.example/']],
  [
    'healthy after the removal of a type',
    { removals: ['clock'] },
    { ...live, health: healthy(4), removal: {} },
    ['deployed', 0, /^LIVE v4/],
  ],
  [
    'only config vars changed',
    { ...unchangedPlan, ...configVars },
    { config: v4, current: v4, health: healthy(4) },
    ['deployed', 0, /^LIVE v4/],
  ],
  [
    'only a dyno count changed',
    { ...unchangedPlan, scale: [{ type: 'web', from: 1, to: 2, reason: 'declared-count-changed' }] },
    { image: 'none', health: healthy(3) },
    ['deployed', 0, /^LIVE v3/],
  ],
  [
    'no web process',
    { dynos: { worker: 1 } },
    { ...live, health: healthy(4, { dynos: { worker: 1 }, responded: false }) },
    ['deployed', 0, 'RELEASED v4: worker 1/1 up; there is no URL to check'],
  ],
  [
    'no web dyno (fault 103, deploy)',
    { dynos: { web: 0, worker: 1 } },
    { ...live, health: healthy(4, { dynos: { web: 0, worker: 1 }, responded: false }) },
    ['deployed', 0, 'RELEASED v4: worker 1/1 up; no web dyno is set to run'],
  ],
  [
    'no dyno at all (faults 69, 103, deploy)',
    { dynos: { web: 0 } },
    { ...live, health: { kind: 'nothing-to-check', version: 4 } },
    ['deployed', 0, 'RELEASED v4: no dyno is set to run, so nothing was checked', /ps:scale web=1/],
  ],
  [
    'nothing to change',
    unchangedPlan,
    { health: healthy(3) },
    ['unchanged', 0, /^UNCHANGED v3 {2}image \w{12}: 0 bytes sent, no release, no restart; healthy$/],
  ],
  [
    'nothing to change and no dyno',
    unchangedPlan,
    { health: { kind: 'nothing-to-check', version: 3 } },
    ['unchanged', 0, /no restart; no dyno is set to run$/],
  ],
  [
    'Heroku treats unknown running images as released',
    unknownPlan,
    { image: 'none', health: healthy(3) },
    ['unchanged', 0, /^UNCHANGED v3/],
  ],
  [
    'the same after a failed release, but the app proves the version',
    { ...unknownPlan, verify: { health: defaultHealthCheck, by: 'marker' } },
    { before: { newest: failedV4, current: releaseOf(3) }, image: 'none', health: healthy(3, { versionProven: true }) },
    ['unchanged', 0, /^UNCHANGED v3/],
  ],
  [
    'a rival release that failed (fault 99, deploy)',
    {},
    { ...live, image: v5, current: v5, others: [failedV4], health: healthy(5) },
    ['deployed', 0, /^LIVE v5/],
  ],
];

const failed: readonly Row[] = [
  [
    'the release phase failed (fault 64, deploy)',
    {},
    { pushed, image: failedV4 },
    [
      'failed',
      1,
      'FAILED shop: v3 is still running: release v4 of shop ended as "failed": its release phase failed',
      /Fix the error/,
    ],
  ],
  [
    'the release expired',
    {},
    { pushed, image: releaseOf(4, { status: 'expired' }) },
    ['failed', 1, /ended as "expired"/],
  ],
  [
    'the first release ever failed (fault 107, deploy)',
    { rollbackTarget: undefined as never },
    { pushed, image: failedV4 },
    ['failed', 1, /^FAILED shop: nothing ran before: release v4/],
  ],
  [
    'the release of the config vars failed (fault 105, deploy)',
    configVars,
    { pushed, config: failedV4 },
    ['failed', 1, /v3 is still running: release v4 of shop ended as "failed"/],
  ],
  [
    'the images failed after the config vars (fault 104, deploy)',
    configVars,
    { pushed, config: v4, current: v4, image: failedV5 },
    {
      step: 'rollback',
      cause: {
        kind: 'not-released',
        code: 'RELEASE_FAILED',
        reason: 'release v5 of shop ended as "failed": its release phase failed',
      },
    },
  ],
  [
    'the images failed after the config vars, never roll back',
    { ...configVars, rollback: 'never' },
    { pushed, config: v4, current: v4, image: failedV5 },
    ['failed', 1, /^FAILED shop: v4 is still running with the new values of A, B: release v5/],
  ],
  [
    'the images of a first deploy failed after the config vars (fault 107, deploy)',
    { ...configVars, rollbackTarget: undefined as never },
    { pushed, config: v4, current: v4, image: failedV5 },
    ['failed', 1, /^FAILED shop: nothing ran before, and no image runs with the new values of A, B: release v5/],
  ],
  [
    'the images failed after the config vars, over a rival',
    configVars,
    { pushed, config: v5, current: v5, others: [rivalV4], image: releaseOf(6, { status: 'failed' }) },
    ['failed', 1, /^FAILED shop: v5 is still running with the new values of A, B/],
  ],
  [
    'Heroku ignores images that differ from the running ones (faults 62, 114, deploy)',
    {},
    { pushed, image: 'none' },
    ['failed', 1, /Heroku created no release of shop, because it treats image \w+ as already released/, /--again/],
  ],
  [
    'Heroku ignores promoted images, which have to stay the same (fault 114, deploy)',
    { build: { ...planOf().build, imagesFrom: { app: 'test', environment: 'staging', release: 7, at: '' } } },
    { pushed, image: 'none' },
    ['failed', 1, /Heroku created no release of shop/, /deploy to staging with --again.* and promote again/],
  ],
  [
    'Heroku ignores config vars that a failed release stored (fault 105, deploy)',
    { ...unchangedPlan, configVars: { set: ['A'], unchanged: [], notInEffect: ['A'] } },
    { config: 'none' },
    ['failed', 1, /^FAILED shop: v3 is still running: A isn't in effect/, /--again/],
  ],
  [
    'new images put config vars into effect that a failed release stored (fault 105, deploy)',
    { configVars: { set: ['A'], unchanged: [], notInEffect: ['A'] } },
    { ...live, config: 'none', health: healthy(4) },
    ['deployed', 0, /^LIVE v4/],
  ],
  [
    'Heroku ignores images after a failed release, and a response may prove the version',
    { ...unknownPlan, verify: { health: defaultHealthCheck, by: 'marker' } },
    { before: { newest: failedV4, current: releaseOf(3) }, image: 'none' },
    { step: 'verify' },
  ],
  [
    'Heroku ignores images after a failed release, and another version responds (fault 114, deploy)',
    { ...unknownPlan, verify: { health: defaultHealthCheck, by: 'marker' } },
    { before: { newest: failedV4, current: releaseOf(3) }, image: 'none', health: unhealthy(3, 'another version') },
    ['failed', 1, /^FAILED shop: v3 is still running: Heroku created no release/, /--again/],
  ],
  [
    'Heroku ignores images after a failed release, unproven (fault 114, deploy)',
    unknownPlan,
    { before: { newest: failedV4, current: releaseOf(3) }, image: 'none', health: healthy(3) },
    ['failed', 1, /^FAILED shop: v3 is still running: Heroku created no release/, /--again/],
  ],
];

const ill: readonly Row[] = [
  [
    'unhealthy',
    {},
    { ...live, health: unhealthy(4) },
    { step: 'rollback', cause: { kind: 'unhealthy', reason: 'web.1 crashed' } },
  ],
  [
    'unhealthy, never roll back',
    { rollback: 'never' },
    { ...live, health: unhealthy(4) },
    [
      'broken',
      4,
      'shop RUNS v4, WHICH IS UNHEALTHY: web.1 crashed. Not rolled back: deploy.json says "rollback": "never"',
      /tozo rollback v3/,
    ],
  ],
  [
    'unhealthy, nothing ran before',
    { ...firstDeploy, rollbackTarget: undefined as never },
    { ...live, health: unhealthy(4) },
    ['broken', 4, /WHICH IS UNHEALTHY: web.1 crashed. Not rolled back: nothing ran before$/],
  ],
  [
    'unhealthy in an environment (fault 180, deploy)',
    { environment: 'staging', rollback: 'never' },
    { ...live, health: unhealthy(4) },
    ['broken', 4, /^STAGING RUNS v4/],
  ],
  [
    'unchanged and unhealthy',
    unchangedPlan,
    { before: { newest: releaseOf(3), current: releaseOf(3), hasEarlierImages: true }, health: unhealthy(3) },
    ['broken', 4, /^UNCHANGED v3 {2}image \w{12}, BUT UNHEALTHY: web.1 crashed$/, /tozo rollback/],
  ],
  [
    'unchanged and unhealthy, and no other images ran before',
    unchangedPlan,
    { health: unhealthy(3) },
    ['broken', 4, /^UNCHANGED v3 {2}image \w{12}, BUT UNHEALTHY: web.1 crashed$/, /^Fix the cause and deploy again\.$/],
  ],
  [
    'unchanged and unhealthy after a killed deploy',
    { ...unchangedPlan, rollbackTarget: { id: 'id-2', version: 2 } },
    { health: unhealthy(3) },
    { step: 'rollback', cause: { kind: 'unhealthy', reason: 'web.1 crashed' } },
  ],
  [
    'a newer release took over unseen',
    {},
    { ...live, health: { kind: 'replaced', version: 4, by: 7 } },
    ['superseded', 5, /^SUPERSEDED shop/],
  ],
];

const back: readonly Row[] = [
  [
    'the rollback was made',
    {},
    { ...live, rollback: rollbackOf({ release: v5 }), current: v5 },
    { step: 'verify-rollback' },
  ],
  [
    'the version before is healthy',
    {},
    { ...live, rollback: rollbackOf({ release: v5, health: healthy(5) }), current: v5 },
    ['rolled-back', 3, /^shop RUNS v5 = v3's image \w{12}, NOT v4: web.1 crashed$/, /deploy again/],
  ],
  [
    'the version before runs no dyno',
    {},
    { ...live, rollback: rollbackOf({ release: v5, health: { kind: 'nothing-to-check' } }), current: v5 },
    ['rolled-back', 3, /^shop RUNS v5 = v3's image/],
  ],
  [
    'the version before is unhealthy too (faults 74, 100, deploy)',
    {},
    { ...live, rollback: rollbackOf({ release: v5, health: unhealthy(5, 'HTTP 500') }), current: v5 },
    ['broken', 4, /^shop RUNS v5 = v3's image \w{12}, NOT v4, WHICH IS UNHEALTHY: HTTP 500$/i, /tozo rollback vN/],
  ],
  [
    'the rollback was made and could not be verified (fault 100, deploy)',
    {},
    { ...live, rollback: rollbackOf({ release: v5 }), current: v5, stopped: stoppedBy('failed', { during: 'verify' }) },
    ['broken', 4, /^shop RUNS v5 = v3's image \w{12}, NOT v4, NOT VERIFIED: web.1 crashed$/],
  ],
  [
    'canceled while the rollback is verified',
    {},
    {
      ...live,
      rollback: rollbackOf({ release: v5 }),
      current: v5,
      stopped: stoppedBy('cancelled', { during: 'verify' }),
    },
    ['cancelled', 1, /^CANCELLED shop: shop RUNS v5 = v3's image \w{12}, NOT v4, NOT VERIFIED/],
  ],
  [
    'the rollback is still pending',
    {},
    { ...live, rollback: rollbackOf({ release: releaseOf(5, { status: 'pending' }), problem: 'timed out' }) },
    ['broken', 4, /The rollback v5 is pending: timed out$/, /heroku rollback v3/],
  ],
  [
    "the rollback's release phase failed (fault 74, deploy)",
    {},
    { ...live, rollback: rollbackOf({ release: failedV5 }) },
    [
      'broken',
      4,
      /^shop RUNS v4, WHICH IS UNHEALTHY: web.1 crashed. The rollback failed: v5 ended as "failed"/,
      /heroku rollback v3 -a shop/,
    ],
  ],
  [
    'Heroku refuses the rollback (fault 73, deploy)',
    {},
    { ...live, rollback: rollbackOf({ refused: true, problem: 'not eligible' }) },
    { step: 'release-previous' },
  ],
  [
    'Heroku refuses the rollback, and the previous images are unknown (fault 73, deploy)',
    firstDeploy,
    { ...live, rollback: rollbackOf({ refused: true, problem: 'not eligible' }) },
    ['broken', 4, /WHICH IS UNHEALTHY: web.1 crashed. The rollback was refused: not eligible$/, /heroku rollback v3/],
  ],
  [
    'Heroku refuses the previous images too',
    {},
    { ...live, rollback: rollbackOf({ way: 'images', refused: true, problem: 'gone' }) },
    ['broken', 4, /The rollback was refused: gone$/],
  ],
  [
    'nobody knows whether the rollback was made (fault 60, deploy)',
    {},
    { ...live, rollback: rollbackOf({ problem: 'no connection' }) },
    ['broken', 4, /The rollback's outcome is unknown: no connection$/],
  ],
  [
    'a rival came between ours and the rollback (fault 98, deploy)',
    {},
    { ...live, others: [rivalV5], rollback: rollbackOf({ release: undefined as never }) },
    ['superseded', 5, /ben@example.com released v5/],
  ],
  [
    'a rival came on top of the rollback',
    {},
    { ...live, others: [rivalV6], rollback: rollbackOf({ release: v5 }), current: rivalV6 },
    ['superseded', 5, /ben@example.com released v6 .*, on top of the rollback v5/],
  ],
  [
    'a rival came in the moment of the rollback, which is verified all the same',
    {},
    { ...live, others: [rivalV5], rollback: rollbackOf({ release: v6 }), current: v6 },
    { step: 'verify-rollback' },
  ],
  [
    'a rival came in the moment of the rollback and was undone by it (fault 98, deploy)',
    {},
    { ...live, others: [rivalV5], rollback: rollbackOf({ release: v6, health: healthy(6) }), current: v6 },
    [
      'superseded',
      5,
      /^SUPERSEDED shop: ben@example.com released v5 \("Set A config vars"\) just before the rollback, which undid it. shop RUNS v6 = v3's image \w{12}, NOT v4: web.1 crashed$/,
      /tozo rollback v5/,
    ],
  ],
  [
    'the config vars were undone (fault 104, deploy)',
    configVars,
    {
      pushed,
      config: v4,
      image: failedV5,
      rollback: rollbackOf({
        cause: { kind: 'not-released', code: 'RELEASE_FAILED', reason: 'release v5 failed' },
        release: v6,
        health: healthy(6),
      }),
      current: v6,
    },
    [
      'failed',
      1,
      /^FAILED shop: v6 = v3's image \w{12} runs, and the new values of A, B were undone: release v5 failed$/,
    ],
  ],
  [
    'the config vars that a killed deploy set go back too, when the images are not released (faults 80, 104, deploy)',
    { currentRelease: 4 },
    { before: { newest: setA, current: setA }, pushed, image: failedV5, current: setA },
    {
      step: 'rollback',
      cause: {
        kind: 'not-released',
        code: 'RELEASE_FAILED',
        reason: 'release v5 of shop ended as "failed": its release phase failed',
      },
    },
  ],
  [
    'the image that a killed deploy released is not undone for a later one whose release fails',
    { currentRelease: 4 },
    { before: { newest: v4, current: v4 }, pushed, image: failedV5, current: v4 },
    ['failed', 1, /^FAILED shop: v4 is still running/],
  ],
  [
    'the config vars of a killed deploy were undone',
    { currentRelease: 4 },
    {
      before: { newest: setA, current: setA },
      image: failedV5,
      rollback: rollbackOf({
        cause: { kind: 'not-released', code: 'RELEASE_FAILED', reason: 'release v5 failed' },
        release: v6,
        health: healthy(6),
      }),
      current: v6,
    },
    [
      'failed',
      1,
      'FAILED shop: v6 = v3 runs, and the config vars of a deploy that was stopped before it ended were undone: release v5 failed',
    ],
  ],
  [
    'the images that a killed deploy released are not what runs after the rollback (fault 124, deploy)',
    { currentRelease: 4 },
    {
      ...live,
      before: { newest: v4, current: v4 },
      image: undefined as never,
      rollback: rollbackOf({ release: v6, health: healthy(6) }),
      current: v6,
    },
    ['rolled-back', 3, /^shop RUNS v6 = v3: web.1 crashed$/],
  ],
  [
    'the images that a killed deploy released are not released again when Heroku refuses the rollback',
    { currentRelease: 4 },
    { ...live, rollback: rollbackOf({ refused: true, problem: 'not eligible' }) },
    ['broken', 4, /The rollback was refused: not eligible$/],
  ],
  [
    'the config vars could not be undone',
    configVars,
    {
      pushed,
      config: v4,
      current: v4,
      image: failedV5,
      rollback: rollbackOf({
        cause: { kind: 'not-released', code: 'RELEASE_FAILED', reason: 'release v5 failed' },
        refused: true,
        problem: 'no',
      }),
    },
    ['broken', 4, 'shop RUNS v4: release v5 failed. The rollback was refused: no'],
  ],
];

const rivals: readonly Row[] = [
  [
    'a rival before anything of ours (faults 71, 98, deploy)',
    {},
    { pushed, others: [rivalV4], current: rivalV4 },
    [
      'superseded',
      5,
      /ben@example.com released v4 \("Deployed web \(ffffffffffff\)"\) during this deploy, which started from v3. v4 runs now, and this deploy released nothing/,
      /Deploy again/,
    ],
  ],
  [
    'a pending rival',
    {},
    { pushed, others: [{ ...rivalV4, status: 'pending', current: false }] },
    ['superseded', 5, /released v4 .*, which is pending during this deploy.*v4 will run if it succeeds/],
  ],
  [
    'a rival on top of our images',
    {},
    { ...live, others: [rivalV5], current: rivalV5 },
    ['superseded', 5, /v5 runs now, and this deploy's v4 came before it/],
  ],
  [
    'a rival on top of our config vars (fault 169, deploy)',
    configVars,
    { pushed, config: v4, others: [rivalV5], current: rivalV5 },
    ['superseded', 5, /v5 runs now, and this deploy's v4 came before it; the values of A, B are this deploy's/],
  ],
  [
    'a rival below our config vars',
    configVars,
    { pushed, config: v5, current: v5, others: [rivalV4] },
    ['superseded', 5, /This deploy's v5 \(config vars A, B\) runs on top of it, and its images were not released/],
  ],
  [
    'a rival below our images, which are checked first (fault 98, deploy)',
    {},
    { pushed, image: v5, current: v5, others: [rivalV4] },
    { step: 'verify' },
  ],
  [
    'a rival below our healthy images (fault 98, deploy)',
    {},
    { pushed, image: v5, current: v5, others: [rivalV4], health: healthy(5) },
    ['superseded', 5, /This deploy's v5 runs on top of v4 and is healthy. Nothing was rolled back/, /tozo rollback v4/],
  ],
  [
    'a rival below our unhealthy images is not undone (fault 98, deploy)',
    {},
    { pushed, image: v5, current: v5, others: [rivalV4], health: unhealthy(5) },
    ['superseded', 5, /is unhealthy: web.1 crashed. Nothing was rolled back/, /tozo rollback v4/],
  ],
  [
    'other values of declared config vars (fault 170, deploy)',
    configVars,
    { pushed, config: v4, image: v5, current: v5, health: healthy(5), changedConfigVars: ['A'] },
    [
      'superseded',
      5,
      /someone else changed A during this deploy. v5 runs this version with other values/,
      /Deploy again/,
    ],
  ],
];

const stops: readonly Row[] = [
  [
    'canceled before a push',
    {},
    { stopped: stoppedBy('cancelled', { during: 'push' }) },
    ['cancelled', 1, 'CANCELLED shop: nothing was released; v3 is still running', /Deploy again/],
  ],
  [
    'canceled on the first deploy',
    { rollbackTarget: undefined as never },
    { stopped: stoppedBy('cancelled', { during: 'push' }) },
    ['cancelled', 1, 'CANCELLED shop: nothing was released; nothing ran before'],
  ],
  [
    'canceled while the release is pending (fault 118, deploy)',
    {},
    { pushed, image: pendingV4, stopped: stoppedBy('cancelled', { during: 'release' }) },
    ['cancelled', 1, 'CANCELLED shop: v4 is pending and will go live if it succeeds', /verify it/],
  ],
  [
    'canceled while it is verified',
    {},
    { ...live, stopped: stoppedBy('cancelled', { during: 'verify' }) },
    ['cancelled', 1, "CANCELLED shop: v4 runs and isn't verified"],
  ],
  [
    'canceled while it is verified, and not healthy yet',
    {},
    { ...live, lastLook: 'GET / returned 404', stopped: stoppedBy('cancelled', { during: 'verify' }) },
    ['cancelled', 1, "CANCELLED shop: v4 runs and isn't verified: GET / returned 404"],
  ],
  [
    'canceled with the release request under way',
    {},
    { pushed, stopped: stoppedBy('cancelled', { during: 'release' }) },
    [
      'cancelled',
      1,
      /^CANCELLED shop: nothing was released so far, but the last request may still take effect; v3 is still running$/,
      /heroku releases -a shop/,
    ],
  ],
  [
    'canceled and the releases unreadable',
    {},
    { pushed, stopped: stoppedBy('cancelled', { during: 'release', looked: false }) },
    ['cancelled', 1, /the releases of shop couldn't be read after that/],
  ],
  [
    'canceled after the config vars',
    configVars,
    { pushed, config: v4, current: v4, stopped: stoppedBy('cancelled', { during: 'release' }) },
    ['cancelled', 1, /v4 runs with the new values of A, B and the old images; the new images were not released/],
  ],
  [
    'canceled while the config vars are pending',
    configVars,
    { pushed, config: pendingV4, stopped: stoppedBy('cancelled', { during: 'config' }) },
    ['cancelled', 1, /v4 is pending and will go live with the new values of A, B and the old images/],
  ],
  [
    'canceled, with a rival',
    {},
    { pushed, others: [rivalV4], current: rivalV4, stopped: stoppedBy('cancelled', { during: 'push' }) },
    ['cancelled', 1, /v4 is still running; ben@example.com released v4/],
  ],
  [
    'the push failed',
    {},
    { stopped: stoppedBy('failed', { during: 'push' }) },
    ['failed', 1, 'FAILED shop: nothing was released; v3 is still running: no connection'],
  ],
  [
    'Heroku refused the release',
    {},
    { pushed, stopped: stoppedBy('failed', { during: 'release', code: 'INVALID_PARAMS', message: 'no such image' }) },
    ['failed', 1, /nothing was released; v3 is still running: no such image/],
  ],
  [
    'Heroku refused the images after the config vars (fault 104, deploy)',
    configVars,
    {
      pushed,
      config: v4,
      current: v4,
      stopped: stoppedBy('failed', { during: 'release', code: 'INVALID_PARAMS', message: 'no such image' }),
    },
    { step: 'rollback', cause: { kind: 'not-released', code: 'INVALID_PARAMS', reason: 'no such image' } },
  ],
  [
    'the release request was lost without a trace (fault 59, deploy)',
    {},
    { pushed, stopped: stoppedBy('failed', { during: 'release' }) },
    ['failed', 1, /nothing was released so far, but the last request may still take effect/],
  ],
  [
    'the release request was lost, and Heroku is down (fault 59, deploy)',
    {},
    { pushed, stopped: stoppedBy('failed', { during: 'release', looked: false }) },
    ['broken', 4, /^UNKNOWN what shop runs: no connection/],
  ],
  [
    'Heroku is down while the release is pending',
    {},
    { pushed, image: pendingV4, stopped: stoppedBy('failed', { during: 'release' }) },
    ['broken', 4, /^UNKNOWN whether v4 of shop is healthy: no connection. v4 is pending and will go live/],
  ],
  [
    'Heroku is down while it is verified',
    {},
    { ...live, stopped: stoppedBy('failed', { during: 'verify' }) },
    ['broken', 4, "UNKNOWN whether v4 of shop is healthy: no connection. v4 runs and isn't verified", /verify it/],
  ],
];

const table = { inOrder, good, failed, ill, back, rivals, stops };

describe.each(Object.entries(table))('%s', (_, rows) => {
  test.each(rows)('%s', (_name, plan, seen, expected) => {
    const conclusion = conclude(withoutUndefined(planOf(plan)), observed(withoutUndefined(seen)));
    if (!isEnd(expected)) {
      expect(conclusion).toEqual({ kind: 'next', next: expected });
      return;
    }
    const [outcome, exitCode, text, next] = expected;
    if (conclusion.kind !== 'end') throw new Error(`goes on with ${conclusion.next.step}`);
    expect(conclusion.end.outcome).toBe(outcome);
    expect(exitCodeOf(conclusion.end.outcome)).toBe(exitCode);
    expect(conclusion.end.text).toEqual(typeof text === 'string' ? text : expect.stringMatching(text));
    if (next) expect(conclusion.end.next).toMatch(next);
    const isGood = exitCode === 0;
    expect(conclusion.end.error === undefined, 'only a good end has no error').toBe(isGood);
  });
});

test.each(['NOT_PROVEN', 'PLAN_OUTDATED'])('the refusal %s says itself what to do', (code) => {
  const stopped = stoppedBy('failed', { code, message: 'Promote it.' });
  expect(conclude(planOf(), observed({ stopped }))).toEqual({
    kind: 'end',
    end: {
      outcome: 'failed',
      text: 'FAILED shop: nothing was released; v3 is still running: Promote it.',
      error: { code, message: 'Promote it.' },
    },
  });
});

test('has a row for every outcome of a deploy that has a plan', () => {
  const ends = Object.values(table)
    .flat()
    .flatMap(([, , , expected]) => (isEnd(expected) ? [expected[0]] : []));
  expect([...new Set(ends)].sort()).toEqual(
    ['broken', 'cancelled', 'deployed', 'failed', 'rolled-back', 'superseded', 'unchanged'].sort(),
  );
});

function isEnd(expected: Expected): expected is Exclude<Expected, NextStep> {
  return Array.isArray(expected);
}

function withoutUndefined<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, item]) => item !== undefined)) as T;
}
