import type { Release } from '@tozo/heroku-client';
import { expect, test } from 'vitest';
import { releaseOf } from '../testing/observed.ts';
import { chooseTarget } from './choose-target.ts';
import type { KnownHealth } from './known-health.ts';

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

function chosenFrom(found: readonly Release[], version?: number): Release {
  return chooseTarget('shop', found, { version, healthOf: () => 'verified' }).release;
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
  expect(chosenFrom(found).version).toBe(version);
});

test('skips a release that Heroku no longer keeps (fault 73, deploy)', () => {
  const found = releases(start, a, b, c).map((release) =>
    release.version === 3 ? { ...release, eligibleForRollback: false } : release,
  );
  expect(chosenFrom(found).version).toBe(2);
  expect(() => chosenFrom(found, 3)).toThrow('Heroku no longer keeps what v3 of shop needs');
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
  expect(() => chosenFrom(found, version)).toThrow(message);
});

const [d, e] = ['dddddddddddd', 'eeeeeeeeeeee'].map((id) => `Deployed web (${id})`) as [string, string];
const history = releases(start, a, b, c, d, e);
const unknown = (version: number) =>
  `Nothing is known of the health of v${version}: no record says that it was verified.`;

test.each<[string, Record<number, KnownHealth>, number, RegExp[]]>([
  ['the newest verified one', { 5: 'verified', 4: 'verified' }, 5, []],
  ['a verified one rather than a newer unknown one', { 3: 'verified' }, 3, [/no record.*: v5, v4\. v3 was verified/]],
  ['none that was unhealthy', { 5: 'unhealthy', 4: 'verified' }, 4, [/unhealthy when deployed: v5\./]],
  ['an unknown one if none was verified, and says so', {}, 5, [new RegExp(unknown(5))]],
  ['an older unknown one rather than an unhealthy one', { 5: 'unhealthy' }, 4, [/: v5\./, new RegExp(unknown(4))]],
])('chooses %s', (_what, health, version, warnings) => {
  const chosen = chooseTarget('shop', history, { healthOf: (release) => health[release.version] ?? 'unknown' });
  expect(chosen.release.version).toBe(version);
  expect(chosen.warnings).toEqual(warnings.map((text) => expect.stringMatching(text)));
});

test('never chooses an unhealthy one by itself, and warns of one that is named', () => {
  const healthOf = (): KnownHealth => 'unhealthy';
  expect(() => chooseTarget('shop', history, { healthOf })).toThrow('name it: tozo rollback v5');
  expect(chooseTarget('shop', history, { version: 4, healthOf })).toMatchObject({
    release: { version: 4 },
    warnings: ['v4 was unhealthy when it was deployed.'],
  });
});
