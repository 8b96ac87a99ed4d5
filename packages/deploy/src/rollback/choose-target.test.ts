import type { Release } from '@tozo/heroku-client';
import { expect, test } from 'vitest';
import { releaseOf } from '../testing/observed.ts';
import { chooseTarget } from './choose-target.ts';

/** Returns releases v1, v2, … with these descriptions; `!` in front: failed. The last one that succeeded is current. */
function releases(...descriptions: string[]): Release[] {
  const current = descriptions.findLastIndex((text) => !text.startsWith('!'));
  return descriptions
    .map((text, index) =>
      releaseOf(index + 1, {
        description: text.replace('!', ''),
        status: text.startsWith('!') ? 'failed' : 'succeeded',
        current: index === current,
      }),
    )
    .toReversed();
}

const [a, b, c] = ['aaaaaaaaaaaa', 'bbbbbbbbbbbb', 'cccccccccccc'].map((id) => `Deployed web (${id})`) as [
  string,
  string,
  string,
];
const start = 'Initial release';
const config = 'Set LOG_LEVEL config vars';

test.each<[string, Release[], number]>([
  ['the release before the current one', releases(start, a, b), 2],
  ['not a release of config vars with the same image', releases(start, a, b, config), 2],
  ['not one whose images were released twice', releases(start, a, b, 'Rollback to v3', config), 2],
  ['not a failed one (fault 75, deploy)', releases(start, a, `!${b}`, c), 2],
  ['not the one that a rollback went away from', releases(start, a, b, c, 'Rollback to v3'), 2],
  ['a rollback, if what it went back to ran last', releases(start, a, b, c, 'Rollback to v3', a), 5],
])('without a version, goes back to the right one: %s', (_what, found, version) => {
  expect(chooseTarget('shop', found).version).toBe(version);
});

test('skips a release that Heroku no longer keeps (fault 73, deploy)', () => {
  const found = releases(start, a, b, c).map((release) =>
    release.version === 3 ? { ...release, eligibleForRollback: false } : release,
  );
  expect(chooseTarget('shop', found).version).toBe(2);
  expect(() => chooseTarget('shop', found, 3)).toThrow('Heroku no longer keeps what v3 of shop needs');
});

test.each<[string, Release[], number | undefined, RegExp]>([
  ['a version that never existed', releases(start, a, b), 9, /no release v9\. tozo status --history/],
  ['a failed release', releases(start, a, `!${b}`, c), 3, /v3 of shop failed, so it never ran/],
  ['a release before the first image', releases(start, a), 1, /v1 of shop ran no image/],
  ['the first image', releases(start, a), undefined, /No release of shop before v2 ran another image/],
  ['an app without an image', releases(start), undefined, /runs no image yet/],
  ['no releases', [], undefined, /no current release/],
  ['an unknown image', releases(start, 'Deploy de63889'), undefined, /Name it: tozo rollback vN/],
])('refuses %s (fault 73, deploy)', (_what, found, version, message) => {
  expect(() => chooseTarget('shop', found, version)).toThrow(message);
});
