import { expect, test } from 'vitest';
import { failedV4, failedV5, pendingV5, rivalV4, v4, v6 } from '../testing/ends.ts';
import { observed, releaseOf, rollbackOf } from '../testing/observed.ts';
import { warnOfFailedOthers } from './failed-others.ts';

const ben = { user: 'ben@example.com' };
const config = { ...failedV5, ...ben, description: 'Set A, Remove B config vars' };
const text = 'ben@example.com released v5 ("Set A, Remove B config vars") during this deploy, and it failed.';

test.each([
  [
    'its config vars wait for the next release',
    { others: [config] },
    [`${text} Heroku keeps the values of A, B, and they go into effect with the next release.`],
  ],
  [
    'an earlier release changes nothing of that',
    { image: v4, others: [config] },
    [`${text} Heroku keeps the values of A, B, and they go into effect with the next release.`],
  ],
  [
    'a later one of this deploy has them',
    { image: v6, others: [config] },
    [`${text} Heroku kept the values of A, B, and they are in effect since v6.`],
  ],
  [
    'so has a later one of others',
    { others: [v6, config] },
    [`${text} Heroku kept the values of A, B, and they are in effect since v6.`],
  ],
  [
    'one that is pending does not have them yet',
    { others: [{ ...pendingV5, version: 6 }, config] },
    [`${text} Heroku keeps the values of A, B, and they go into effect with the next release.`],
  ],
  [
    'a single config var',
    { others: [{ ...config, description: 'Set A config vars' }] },
    [
      'ben@example.com released v5 ("Set A config vars") during this deploy, and it failed. Heroku keeps the values of A, and they go into effect with the next release.',
    ],
  ],
  [
    'config vars without names',
    { others: [{ ...config, description: 'Update config vars' }] },
    [
      'ben@example.com released v5 ("Update config vars") during this deploy, and it failed. Heroku keeps its config vars, and they go into effect with the next release.',
    ],
  ],
  [
    'images that expired',
    { others: [{ ...failedV4, ...ben, status: 'expired' }] },
    ['ben@example.com released v4 ("Deployed web (142013fe2b5c)") during this deploy, and it expired.'],
  ],
  [
    'an add-on, of nobody known',
    { others: [{ ...failedV4, user: null, description: 'Attach DATABASE' }] },
    ['Someone else released v4 ("Attach DATABASE") during this deploy, and it failed.'],
  ],
  [
    'two, the oldest first',
    {
      others: [
        { ...failedV5, description: '' },
        { ...failedV4, description: '' },
      ],
    },
    [
      'ana@example.com released v4 during this deploy, and it failed.',
      'ana@example.com released v5 during this deploy, and it failed.',
    ],
  ],
  [
    'a rollback, which brings back earlier values',
    { image: v4, rollback: rollbackOf({ release: releaseOf(6, { description: 'Rollback to v3' }) }), others: [config] },
    [text],
  ],
  ['one that runs', { others: [rivalV4] }, []],
])('warns of releases of others that failed: %s (fault 99, deploy)', (_what, seen, expected) => {
  expect(warnOfFailedOthers(observed(seen), 'during this deploy')).toEqual(expected);
});
