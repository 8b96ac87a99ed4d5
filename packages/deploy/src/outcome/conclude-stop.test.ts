import { expect, test } from 'vitest';
import {
  v4,
  failedV4,
  pendingV4,
  pendingV5,
  rivalV4,
  rivalV5,
  rivalV6,
  configVars,
  live,
  type Row,
  setA,
  unchangedPlan,
  testConclusions,
} from '../testing/ends.ts';
import type { DeployPlan } from '../plan/plan.ts';
import { healthy, observed, planOf, pushed, stoppedBy, unhealthy } from '../testing/observed.ts';
import { conclude } from './conclude.ts';

const configVarsOnly = { ...unchangedPlan, ...configVars };
const scaled: Partial<DeployPlan> = { scale: [{ type: 'web', from: 1, to: 2, reason: 'declared-count-changed' }] };
const maintenance = stoppedBy('failed', {
  during: 'verify',
  code: 'APP_NOT_READY',
  message: "shop is in maintenance mode, so v4 can't be verified",
});

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
    'canceled when it was found to be unhealthy',
    {},
    { ...live, health: unhealthy(4), lastLook: 'web.1 crashed', stopped: stoppedBy('cancelled') },
    [
      'cancelled',
      1,
      'CANCELLED shop: v4 runs and is unhealthy: web.1 crashed',
      /^Fix the cause and deploy again, or go back: tozo rollback v3\.$/,
    ],
  ],
  [
    'canceled after the verdict, and a rival is on top',
    {},
    { ...live, health: healthy(4), others: [rivalV5], current: rivalV5, stopped: stoppedBy('cancelled') },
    ['cancelled', 1, /^CANCELLED shop: v4 was healthy; ben@example.com released v5/],
  ],
  [
    'canceled when the first version was found to be unhealthy',
    { rollbackTarget: undefined as never },
    { ...live, health: unhealthy(4), stopped: stoppedBy('cancelled') },
    ['cancelled', 1, 'CANCELLED shop: v4 runs and is unhealthy: web.1 crashed', /^Fix the cause and deploy again\.$/],
  ],
  [
    'an error with advice while it is verified',
    {},
    {
      ...live,
      stopped: stoppedBy('failed', {
        during: 'verify',
        code: 'UNREACHABLE',
        message: 'UNREACHABLE. Check the network.',
      }),
    },
    [
      'broken',
      4,
      "UNKNOWN whether v4 of shop is healthy: UNREACHABLE. Check the network. v4 runs and isn't verified",
      /verify it/,
    ],
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
    'canceled after the config vars of a first deploy',
    { ...configVars, rollbackTarget: undefined as never },
    { pushed, config: v4, current: v4, stopped: stoppedBy('cancelled', { during: 'release' }) },
    ['cancelled', 1, 'CANCELLED shop: v4 runs with the new values of A, B; no image was released'],
  ],
  [
    'canceled when the release had failed',
    {},
    { pushed, image: failedV4, stopped: stoppedBy('cancelled', { during: 'release' }) },
    ['cancelled', 1, 'CANCELLED shop: v4 failed; v3 is still running'],
  ],
  [
    'canceled when the release of the config vars had failed',
    configVars,
    { pushed, config: failedV4, stopped: stoppedBy('cancelled', { during: 'config' }) },
    ['cancelled', 1, 'CANCELLED shop: v4 failed; v3 is still running'],
  ],
  [
    'canceled, with two rivals',
    {},
    {
      pushed,
      others: [rivalV5, rivalV4],
      current: rivalV5,
      stopped: stoppedBy('cancelled', { during: 'push' }),
    },
    ['cancelled', 1, /v5 is still running; ben@example.com released v5 \("Set A config vars"\)$/],
  ],
  [
    "canceled on the first deploy, and a rival's image runs",
    { rollbackTarget: undefined as never },
    { pushed, others: [rivalV4], current: rivalV4, stopped: stoppedBy('cancelled', { during: 'push' }) },
    ['cancelled', 1, /^CANCELLED shop: nothing was released; v4 is still running; ben/],
  ],
  [
    "canceled on the first deploy, and a rival's image runs with other config vars",
    { rollbackTarget: undefined as never },
    { pushed, others: [rivalV5, rivalV4], current: rivalV5, stopped: stoppedBy('cancelled', { during: 'push' }) },
    ['cancelled', 1, /^CANCELLED shop: nothing was released; v5 is still running; ben/],
  ],
  [
    'canceled on the first deploy, and a rival set only config vars',
    { rollbackTarget: undefined as never },
    { pushed, others: [rivalV5], current: rivalV5, stopped: stoppedBy('cancelled', { during: 'push' }) },
    ['cancelled', 1, /^CANCELLED shop: nothing was released; nothing ran before; ben/],
  ],
  [
    "canceled on the first deploy, and a rival's image is pending",
    { rollbackTarget: undefined as never },
    {
      pushed,
      others: [{ ...rivalV6, status: 'pending' }],
      stopped: stoppedBy('cancelled', { during: 'push' }),
    },
    ['cancelled', 1, /^CANCELLED shop: nothing was released; nothing ran before; ben.* which is pending$/],
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
    'the request for the config vars was lost without a trace (fault 59, deploy)',
    configVars,
    { pushed, stopped: stoppedBy('failed', { during: 'config' }) },
    ['failed', 1, /nothing was released so far, but the last request may still take effect/, /heroku releases/],
  ],
  [
    'the push failed, and Heroku is down',
    {},
    { stopped: stoppedBy('failed', { during: 'push', looked: false }) },
    ['failed', 1, 'FAILED shop: nothing was released; v3 is still running: no connection'],
  ],
  [
    'Heroku is down after the config vars',
    configVars,
    { pushed, config: v4, current: v4, stopped: stoppedBy('failed', { during: 'release', looked: false }) },
    ['broken', 4, /^UNKNOWN what shop runs: no connection. v4 runs with the new values of A, B/],
  ],
  [
    'Heroku is down while the release of the config vars is pending',
    configVars,
    { pushed, config: pendingV4, stopped: stoppedBy('failed', { during: 'config' }) },
    ['failed', 1, /^FAILED shop: v4 is pending and will go live with the new values of A, B/],
  ],
  [
    'Heroku is down while the images are pending, after the config vars',
    configVars,
    { pushed, config: v4, current: v4, image: pendingV5, stopped: stoppedBy('failed', { during: 'release' }) },
    ['broken', 4, /^UNKNOWN whether v5 of shop is healthy: no connection. v5 is pending/],
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
  [
    'maintenance mode is turned on while it is verified',
    {},
    { ...live, lastLook: 'maintenance mode is on', stopped: maintenance },
    [
      'broken',
      4,
      "UNKNOWN whether v4 of shop is healthy: shop is in maintenance mode, so v4 can't be verified. v4 runs and isn't verified: maintenance mode is on",
      /verify it/,
    ],
  ],
  [
    'maintenance mode is turned on while other config vars are verified',
    configVarsOnly,
    { config: setA, current: setA, stopped: maintenance },
    ['broken', 4, /^UNKNOWN whether v4 of shop is healthy: .* v4 runs and isn't verified$/, /verify it/],
  ],
  [
    'canceled while a release of config vars only is pending',
    configVarsOnly,
    { config: pendingV4, stopped: stoppedBy('cancelled', { during: 'config' }) },
    ['cancelled', 1, 'CANCELLED shop: v4 is pending and will go live if it succeeds'],
  ],
  [
    'Heroku is down while config vars and dyno counts are verified',
    { ...configVarsOnly, ...scaled },
    { config: setA, image: 'none', current: setA, stopped: stoppedBy('failed', { during: 'verify' }) },
    ['broken', 4, /^UNKNOWN whether v4 of shop is healthy/],
  ],
  [
    'Heroku refused the dyno counts after the config vars',
    { ...configVarsOnly, ...scaled },
    {
      config: setA,
      current: setA,
      stopped: stoppedBy('failed', { during: 'release', code: 'INVALID_PARAMS', message: 'too many' }),
    },
    { step: 'rollback', cause: { kind: 'not-released', code: 'INVALID_PARAMS', reason: 'too many' } },
  ],
];

testConclusions('stopped', stops, ['failed', 'broken', 'cancelled']);

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
