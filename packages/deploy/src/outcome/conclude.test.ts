import { describe } from 'vitest';
import { defaultHealthCheck } from '../config/schema.ts';
import {
  v4,
  v5,
  failedV4,
  configVars,
  unchangedPlan,
  unknownPlan,
  firstDeploy,
  live,
  type Row,
  twoImages,
  testConclusions,
} from '../testing/ends.ts';
import { healthy, pushed, releaseOf, unhealthy, withoutWeb } from '../testing/observed.ts';

const inOrder: readonly Row[] = [
  ['images that the registry lacks are pushed first', configVars, {}, { step: 'push' }],
  [
    'one of two images that the registry lacks is pushed',
    { images: [twoImages.same, twoImages.differing] },
    {},
    { step: 'push' },
  ],
  [
    'a single config var is set',
    { configVars: { set: ['A'], unchanged: [], notInEffect: [], phase: false } },
    { pushed },
    { step: 'config' },
  ],
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
];

const good: readonly Row[] = [
  ['healthy and responding', {}, { ...live, health: healthy(4) }, ['deployed', 0, 'LIVE v4  https://shop.example/']],
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
    'only a dyno count changed, after a release that failed',
    { ...unchangedPlan, scale: [{ type: 'web', from: 1, to: 2, reason: 'declared-count-changed' }] },
    { before: { newest: failedV4, current: releaseOf(3) }, image: 'none', health: healthy(3) },
    ['deployed', 0, /^LIVE v3/],
  ],
  [
    'Heroku has the config vars already',
    { ...unchangedPlan, ...configVars },
    { config: 'none', health: healthy(3) },
    ['unchanged', 0, /^UNCHANGED v3/],
  ],
  [
    'config vars take effect that a failed release stored',
    { ...unchangedPlan, configVars: { set: ['A'], unchanged: [], notInEffect: ['A'], phase: false } },
    { config: v5, current: v5, health: healthy(5) },
    ['deployed', 0, /^LIVE v5/],
  ],
  [
    'several process types without a URL',
    { dynos: { clock: 0, web: 2, worker: 1 } },
    { ...live, health: healthy(4, { dynos: { clock: 0, web: 2, worker: 1 }, responded: false }) },
    ['deployed', 0, 'RELEASED v4: web 2/2, worker 1/1 up; there is no URL to check'],
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
    { ...live, health: withoutWeb(4) },
    ['deployed', 0, 'RELEASED v4: worker 1/1 up; no web dyno is set to run'],
  ],
  [
    'no web dyno any more, since this deploy began',
    { dynos: { web: 1, worker: 1 } },
    { ...live, health: withoutWeb(4) },
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
    'nothing to change and no web dyno',
    unchangedPlan,
    { health: withoutWeb(3) },
    ['unchanged', 0, /no restart; no web dyno is set to run$/],
  ],
  [
    'nothing to change and no dyno',
    unchangedPlan,
    { health: { kind: 'nothing-to-check', version: 3 } },
    ['unchanged', 0, /no restart; no dyno is set to run$/],
  ],
  [
    'nothing to change, and images that are not known',
    { ...unchangedPlan, images: [{ type: 'web', repository: 'shop/web', pushed: true }] },
    { health: healthy(3) },
    ['unchanged', 0, 'UNCHANGED v3: 0 bytes sent, no release, no restart; healthy'],
  ],
  [
    'nothing to change, and nothing runs',
    unchangedPlan,
    { current: undefined as never, health: { kind: 'nothing-to-check', version: 0 } },
    ['unchanged', 0, /^UNCHANGED v0/],
  ],
  [
    'Heroku treats images as released of which it is known that one runs',
    { images: [twoImages.same, twoImages.unknown] },
    { image: 'none', health: healthy(3) },
    ['unchanged', 0, /^UNCHANGED v3/],
  ],
  [
    'Heroku treats unknown images of an app without other releases as released',
    unknownPlan,
    { before: {}, image: 'none', health: healthy(3) },
    ['unchanged', 0, /^UNCHANGED v3/],
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
    'unhealthy after only a dyno count changed',
    { ...unchangedPlan, scale: [{ type: 'web', from: 1, to: 2, reason: 'declared-count-changed' }] },
    { image: 'none', health: unhealthy(3) },
    ['broken', 4, 'shop RUNS v3 with other dyno counts, WHICH IS UNHEALTHY: web.1 crashed'],
  ],
  [
    'unchanged and unhealthy, and no release to go back to',
    { ...unchangedPlan, rollbackTarget: undefined as never },
    { health: unhealthy(3) },
    ['broken', 4, /BUT UNHEALTHY/],
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

describe('takes the steps in order', () => {
  testConclusions('steps', inOrder, []);
});
describe('ends well', () => {
  testConclusions('live', good, ['deployed', 'unchanged']);
});
describe('an unhealthy version', () => {
  testConclusions('unhealthy', ill, ['broken', 'superseded']);
});
