import {
  v4,
  v5,
  v6,
  failedV5,
  setA,
  rivalV5,
  rivalV6,
  configVars,
  firstDeploy,
  live,
  type Row,
  testConclusions,
} from '../testing/ends.ts';
import { healthy, pushed, releaseOf, rollbackOf, stoppedBy, unhealthy } from '../testing/observed.ts';

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

testConclusions(back, ['failed', 'broken', 'rolled-back', 'superseded', 'cancelled']);
