import {
  v4,
  v5,
  failedV4,
  rivalV4,
  rivalV5,
  rivalV6,
  configVars,
  live,
  type Row,
  testConclusions,
} from '../testing/ends.ts';
import { healthy, pushed, releaseOf, unhealthy, withoutWeb } from '../testing/observed.ts';

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
    'a rival, after a release that failed before this deploy',
    {},
    { before: { newest: failedV4, current: releaseOf(3) }, pushed, others: [rivalV5], current: rivalV5 },
    ['superseded', 5, /during this deploy, which started from v3\. v5 runs now/],
  ],
  [
    'a rival whom nobody knows, in an app without releases',
    { rollbackTarget: undefined as never },
    { before: {}, pushed, others: [{ ...rivalV4, user: null, description: '' }], current: rivalV4 },
    ['superseded', 5, /^SUPERSEDED shop: someone else released v4 during this deploy\. v4 runs now/],
  ],
  [
    'a rival on top of our config vars and images',
    configVars,
    { pushed, config: v4, image: v5, others: [rivalV6], current: rivalV6 },
    ['superseded', 5, /v6 runs now, and this deploy's v4 and v5 came before it; the values of A, B are this deploy's/],
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
    [
      'superseded',
      5,
      /^shop RUNS v5 ON TOP OF SOMEONE ELSE'S v4: .* v5 has this deploy's A, B, but its images were not released/,
    ],
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
    [
      'superseded',
      5,
      /^shop RUNS v5 ON TOP OF SOMEONE ELSE'S v4: .* v5 is this version and is healthy. Nothing was rolled back$/,
      /tozo rollback v4/,
    ],
  ],
  [
    'a rival below our unhealthy images is not undone (fault 98, deploy)',
    {},
    { pushed, image: v5, current: v5, others: [rivalV4], health: unhealthy(5) },
    ['superseded', 5, /is unhealthy: web.1 crashed. Nothing was rolled back/, /tozo rollback v4/],
  ],
  [
    'a rival below our images, which have no dynos',
    { dynos: { web: 0 } },
    { pushed, image: v5, current: v5, others: [rivalV4], health: { kind: 'nothing-to-check', version: 5 } },
    ['superseded', 5, /v5 is this version and is not checked, because no dyno is set to run/],
  ],
  [
    'a rival just before this version, which runs without a web dyno',
    {},
    { pushed, others: [rivalV4], image: v5, current: v5, health: withoutWeb(5) },
    ['superseded', 5, /v5 is this version and is up; no web dyno is set to run\. Nothing was rolled back$/],
  ],
  [
    'other values of two declared config vars',
    configVars,
    { pushed, config: v4, image: v5, current: v5, health: healthy(5), changedConfigVars: ['A', 'B'] },
    ['superseded', 5, /someone else changed A, B during this deploy/],
  ],
  [
    'other values of declared config vars (fault 170, deploy)',
    configVars,
    { pushed, config: v4, image: v5, current: v5, health: healthy(5), changedConfigVars: ['A'] },
    [
      'superseded',
      5,
      /^shop RUNS v5 WITH SOMEONE ELSE'S VALUES: someone else changed A during this deploy. v5 is this version and is healthy$/,
      /Deploy again/,
    ],
  ],
];

testConclusions('other-releases', rivals, ['superseded']);
