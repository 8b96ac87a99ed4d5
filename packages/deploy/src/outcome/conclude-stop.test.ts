import { expect, test } from 'vitest';
import {
  v4,
  pendingV4,
  pendingV5,
  configVars,
  live,
  type Row,
  setA,
  unchangedPlan,
  testConclusions,
} from '../testing/ends.ts';
import type { DeployPlan } from '../plan/plan.ts';
import { observed, planOf, pushed, stoppedBy } from '../testing/observed.ts';
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

testConclusions('stopped', stops, ['failed', 'broken']);

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
