import {
  v4,
  failedV4,
  pendingV4,
  rivalV4,
  rivalV5,
  rivalV6,
  configVars,
  live,
  type Row,
  unchangedPlan,
  testConclusions,
} from '../testing/ends.ts';
import { healthy, pushed, stoppedBy, unhealthy } from '../testing/observed.ts';

const configVarsOnly = { ...unchangedPlan, ...configVars };

const cancellations: readonly Row[] = [
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
    'canceled while a release of config vars only is pending',
    configVarsOnly,
    { config: pendingV4, stopped: stoppedBy('cancelled', { during: 'config' }) },
    ['cancelled', 1, 'CANCELLED shop: v4 is pending and will go live if it succeeds'],
  ],
];

testConclusions('canceled', cancellations, ['cancelled']);
