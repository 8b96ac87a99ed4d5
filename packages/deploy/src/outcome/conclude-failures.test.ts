import { defaultHealthCheck } from '../config/schema.ts';
import {
  v4,
  v5,
  failedV4,
  failedV5,
  rivalV4,
  setA,
  configVars,
  unchangedPlan,
  unknownPlan,
  live,
  type Row,
  twoImages,
  testConclusions,
} from '../testing/ends.ts';
import { healthy, planOf, pushed, releaseOf, unhealthy } from '../testing/observed.ts';

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
    'the first release ever failed, and no release is current',
    { rollbackTarget: undefined as never },
    { pushed, image: failedV4, current: undefined as never },
    ['failed', 1, /^FAILED shop: nothing ran before: release v4/],
  ],
  [
    'a release failed, and no release is current',
    {},
    { pushed, image: failedV4, current: undefined as never },
    ['failed', 1, /^FAILED shop: nothing ran before: release v4/],
  ],
  [
    'a release failed after a change of config vars that somebody made before',
    { currentRelease: 4, rollbackTarget: { id: 'id-4', version: 4 } },
    { before: { newest: setA, current: setA }, pushed, image: failedV5, current: setA },
    ['failed', 1, /^FAILED shop: v4 is still running: release v5/],
  ],
  [
    'a release failed after the config vars of a killed deploy, never roll back',
    { currentRelease: 4, rollback: 'never' },
    { before: { newest: setA, current: setA }, pushed, image: failedV5, current: setA },
    ['failed', 1, /^FAILED shop: v4 is still running: release v5/],
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
    'Heroku ignores images of which one differs from the running one',
    { images: [twoImages.same, twoImages.differing] },
    { pushed, image: 'none' },
    ['failed', 1, /Heroku created no release of shop/],
  ],
  [
    'Heroku ignores promoted images, which have to stay the same (fault 114, deploy)',
    { build: { ...planOf().build, imagesFrom: { app: 'test', environment: 'staging', release: 7, at: '' } } },
    { pushed, image: 'none' },
    ['failed', 1, /Heroku created no release of shop/, /deploy to staging with --again.* and promote again/],
  ],
  [
    'Heroku ignores config vars that a failed release stored (fault 105, deploy)',
    { ...unchangedPlan, configVars: { set: ['A'], unchanged: [], notInEffect: ['A'], phase: false } },
    { config: 'none' },
    ['failed', 1, /^FAILED shop: v3 is still running: A isn't in effect/, /--again/],
  ],
  [
    'Heroku ignores several config vars that a failed release stored',
    { ...unchangedPlan, configVars: { set: ['A', 'B'], unchanged: [], notInEffect: ['A', 'B'], phase: false } },
    { config: 'none' },
    ['failed', 1, /^FAILED shop: v3 is still running: A, B isn't in effect/],
  ],
  [
    'new images put config vars into effect that a failed release stored (fault 105, deploy)',
    { configVars: { set: ['A'], unchanged: [], notInEffect: ['A'], phase: false } },
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
    'Heroku ignores images after a failed release, and no response can prove the version',
    unknownPlan,
    { before: { newest: failedV4, current: releaseOf(3) }, image: 'none' },
    ['failed', 1, /^FAILED shop: v3 is still running: Heroku created no release/],
  ],
  [
    'Heroku ignores images after a failed first release',
    { ...unknownPlan, rollbackTarget: undefined as never, verify: { health: defaultHealthCheck, by: 'marker' } },
    { before: { newest: failedV4, current: releaseOf(3) }, image: 'none' },
    ['failed', 1, /^FAILED shop: nothing ran before: Heroku created no release/],
  ],
  [
    'Heroku ignores images after a failed release, and a response does not prove the version',
    { ...unknownPlan, verify: { health: defaultHealthCheck, by: 'marker' } },
    { before: { newest: failedV4, current: releaseOf(3) }, image: 'none', health: healthy(3) },
    ['failed', 1, /^FAILED shop: v3 is still running: Heroku created no release/],
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

testConclusions('not-released', failed, ['deployed', 'failed']);
