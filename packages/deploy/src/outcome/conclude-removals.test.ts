import {
  type Row,
  failedV5,
  live,
  pendingV5,
  rivalV5,
  rivalV6,
  testConclusions,
  unchangedPlan,
  v5,
  v6,
} from '../testing/ends.ts';
import { healthy, releaseOf, rollbackOf, stoppedBy, unhealthy } from '../testing/observed.ts';

const removals = { removals: ['clock'] };
const both = { removals: ['clock', 'cron'] };
const failed = { releases: [failedV5], removed: [], problem: 'the release phase of v5 failed' };
const during = (kind: 'cancelled' | 'failed', looked = true) => stoppedBy(kind, { during: 'remove', looked });

const rows: readonly Row[] = [
  [
    'process types go once the new version is verified (fault 106, deploy)',
    removals,
    { ...live, health: healthy(4) },
    { step: 'remove', types: ['clock'] },
  ],
  [
    'what runs after a removal is verified (fault 106, deploy)',
    removals,
    { ...live, health: healthy(4), removal: { releases: [v5], removed: ['clock'] }, current: v5 },
    { step: 'verify' },
  ],
  [
    'a process type was removed',
    removals,
    { ...live, health: healthy(5), removal: { releases: [v5], removed: ['clock'] }, current: v5 },
    ['deployed', 0, 'LIVE v5  https://shop.example/'],
  ],
  [
    'a process type was removed without a release',
    removals,
    { ...live, health: healthy(4), removal: { releases: [], removed: ['clock'] } },
    ['deployed', 0, 'LIVE v4  https://shop.example/'],
  ],
  [
    'only a process type was removed',
    { ...unchangedPlan, ...removals },
    { health: healthy(3), removal: { releases: [], removed: ['clock'] } },
    ['deployed', 0, /^LIVE v3/],
  ],
  [
    'the release phase of the removal failed',
    removals,
    { ...live, health: healthy(4), removal: failed },
    ['deployed', 0, 'LIVE v4  https://shop.example/', /^Deploy again to remove clock\.$/],
  ],
  [
    'the second of two process types could not be removed',
    both,
    { ...live, health: healthy(5), removal: { releases: [v5], removed: ['clock'], problem: 'timed out' }, current: v5 },
    ['deployed', 0, 'LIVE v5  https://shop.example/', /^Deploy again to remove cron\.$/],
  ],
  [
    'process types could not be removed from an app without a URL',
    { ...both, dynos: { worker: 1 } },
    { ...live, health: healthy(4, { dynos: { worker: 1 }, responded: false }), removal: failed },
    ['deployed', 0, 'RELEASED v4: worker 1/1 up; there is no URL to check', /^Deploy again to remove clock, cron\.$/],
  ],
  [
    'a process type could not be removed from an app without dynos',
    removals,
    { ...live, health: { kind: 'nothing-to-check', version: 4 }, removal: failed },
    ['deployed', 0, /^RELEASED v4/, /^Deploy again to remove clock\. Start dynos: heroku ps:scale web=1 -a shop$/],
  ],
  [
    'the version is unhealthy after a removal',
    removals,
    { ...live, health: unhealthy(5), removal: { releases: [v5], removed: ['clock'] }, current: v5 },
    { step: 'rollback', cause: { kind: 'unhealthy', reason: 'web.1 crashed' } },
  ],
  [
    'the version was unhealthy after a removal, and was rolled back',
    removals,
    {
      ...live,
      removal: { releases: [v5], removed: ['clock'] },
      rollback: rollbackOf({ release: v6, health: healthy(6) }),
      current: v6,
    },
    ['rolled-back', 3, /^shop RUNS v6 = v3's image \w{12}, NOT v5: web.1 crashed$/],
  ],
  [
    'the version was unhealthy later, and the removal had failed',
    removals,
    { ...live, removal: failed, rollback: rollbackOf({ release: v6, health: healthy(6) }), current: v6 },
    ['rolled-back', 3, /^shop RUNS v6 = v3's image \w{12}, NOT v4: web.1 crashed$/],
  ],
  [
    'a rival below a removal, which is checked first',
    removals,
    { ...live, others: [rivalV5], removal: { releases: [v6], removed: ['clock'] }, current: v6 },
    { step: 'verify' },
  ],
  [
    'a rival below a removal',
    removals,
    { ...live, others: [rivalV5], removal: { releases: [v6], removed: ['clock'] }, current: v6, health: healthy(6) },
    [
      'superseded',
      5,
      /^shop RUNS v6 ON TOP OF SOMEONE ELSE'S v5: .* v6 is this version and is healthy\. Nothing was rolled back$/,
    ],
  ],
  [
    'a rival below a removal that failed',
    removals,
    {
      ...live,
      others: [rivalV5],
      removal: { releases: [releaseOf(6, { status: 'failed', current: false })], removed: [] },
      current: rivalV5,
    },
    ['superseded', 5, /^SUPERSEDED shop: .* v5 runs now, and this deploy's v4 came before it/],
  ],
  [
    'a rival on top of a removal',
    removals,
    { ...live, others: [rivalV6], removal: { releases: [v5], removed: ['clock'] }, current: rivalV6 },
    ['superseded', 5, /^SUPERSEDED shop: .* v6 runs now, and this deploy's v4 and v5 came before it/],
  ],
  [
    'canceled while the release of a removal is pending',
    removals,
    { ...live, health: healthy(4), removal: { releases: [pendingV5], removed: [] }, stopped: during('cancelled') },
    [
      'cancelled',
      1,
      "CANCELLED shop: v5 is pending and will go live if it succeeds; the removal of clock isn't complete",
      /^Deploy again to remove clock\.$/,
    ],
  ],
  [
    'canceled when the removal of a verified version had begun',
    both,
    { ...live, health: healthy(4), removal: { releases: [], removed: [] }, stopped: during('cancelled') },
    [
      'cancelled',
      1,
      "CANCELLED shop: v4 runs and is healthy; the removal of clock, cron isn't complete",
      /^Deploy again to remove clock, cron\.$/,
    ],
  ],
  [
    'canceled when the release of a removal runs',
    both,
    {
      ...live,
      health: healthy(4),
      removal: { releases: [v5], removed: [] },
      current: v5,
      stopped: during('cancelled'),
    },
    ['cancelled', 1, "CANCELLED shop: v5 runs and isn't verified; the removal of clock, cron isn't complete"],
  ],
  [
    'canceled while what runs after a removal is verified',
    removals,
    {
      ...live,
      health: healthy(4),
      removal: { releases: [v5], removed: ['clock'] },
      current: v5,
      stopped: stoppedBy('cancelled', { during: 'verify' }),
    },
    ['cancelled', 1, "CANCELLED shop: v5 runs and isn't verified", /^Deploy again to verify it\.$/],
  ],
  [
    'canceled when a removal had not begun',
    removals,
    { ...live, health: healthy(4), stopped: stoppedBy('cancelled') },
    ['cancelled', 1, 'CANCELLED shop: v4 runs and is healthy', /^Deploy again to finish it\.$/],
  ],
  [
    'Heroku is down after the request of a removal',
    { ...unchangedPlan, ...both },
    { health: healthy(3), removal: { releases: [], removed: [] }, stopped: during('failed', false) },
    [
      'broken',
      4,
      "UNKNOWN whether the removal of clock, cron from shop is complete: no connection. the releases of shop couldn't be read after that",
      /^Deploy again to remove clock, cron\.$/,
    ],
  ],
  [
    'Heroku is down after a removal from a new version',
    removals,
    { ...live, health: healthy(4), removal: { releases: [], removed: [] }, stopped: during('failed', false) },
    ['broken', 4, 'UNKNOWN whether the removal of clock from shop is complete: no connection. v4 was healthy'],
  ],
];

testConclusions('removals', rows, ['deployed', 'rolled-back', 'superseded', 'cancelled', 'broken']);
