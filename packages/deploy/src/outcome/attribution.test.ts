import { expect, test } from 'vitest';
import { shortImageId } from '@tozo/heroku-client';
import { newImage, observed, planOf, releaseOf, rollbackOf, stoppedBy } from '../testing/observed.ts';
import { observeReleases } from './attribution.ts';

const v3 = releaseOf(3, { current: false });
const ours = releaseOf(4, { description: `Deployed web (${shortImageId(newImage)})` });
const theirs = releaseOf(4, { description: 'Deployed web (ffffffffffff)', user: 'ben@example.com' });
const plan = planOf({ configVars: { set: ['LEVEL'], unchanged: [], notInEffect: [], phase: false } });

test('reads the status of releases that are known to be ours', () => {
  const pending = { ...ours, status: 'pending', current: false };
  expect(observeReleases(plan, observed({ image: pending }), [ours, v3])).toMatchObject({
    image: { status: 'succeeded' },
    current: { version: 4 },
    others: [],
  });
});

test('a release that is not known to be ours is of someone else', () => {
  expect(observeReleases(plan, observed(), [theirs, v3])).toMatchObject({ others: [theirs], current: theirs });
  expect(observeReleases(plan, observed(), [ours, v3]).others).toEqual([ours]);
});

test('after a lost response, finds our images by their IDs', () => {
  const seen = observed({ stopped: stoppedBy('failed', { during: 'release' }) });
  expect(observeReleases(plan, seen, [ours, v3])).toMatchObject({ image: ours, others: [] });
  expect(observeReleases(plan, seen, [theirs, v3])).toMatchObject({ others: [theirs] });
});

test('after a lost response, finds our config vars by their whole names', () => {
  const seen = observed({ stopped: stoppedBy('failed', { during: 'config' }) });
  const config = releaseOf(4, { description: 'Set LEVEL config vars' });
  expect(observeReleases(plan, seen, [config, v3])).toMatchObject({ config, others: [] });
  const other = releaseOf(4, { description: 'Set LOG_LEVEL config vars' });
  expect(observeReleases(plan, seen, [other, v3])).toMatchObject({ others: [other] });
});

test('finds our rollback by the version that it names', () => {
  const rollback = releaseOf(5, { description: 'Rollback to v3' });
  const seen = observed({ image: ours, rollback: rollbackOf({ problem: 'no connection' }) });
  expect(observeReleases(plan, seen, [rollback, ours, v3])).toMatchObject({
    rollback: { release: rollback },
    others: [],
  });
});

test('keeps a release that is too old to be read again', () => {
  expect(observeReleases(plan, observed({ image: ours }), [])).toMatchObject({ image: ours, current: { version: 3 } });
});

test('says what it found, and nothing more', () => {
  expect(observeReleases(plan, observed(), [v3])).toStrictEqual(observed());
  expect(observeReleases(plan, observed({ config: 'none' }), [v3])).toMatchObject({ config: 'none' });
});

test('the first release of an app is not known to be ours', () => {
  const first = releaseOf(1, { description: 'Initial release' });
  expect(observeReleases(plan, observed({ before: {} }), [first])).toMatchObject({ others: [first] });
});

test.each(['Set LEVEL, OTHER config vars', 'Update config vars', 'Attach DATABASE (@ref:pg-1)', 'v5'])(
  'after a lost response, "%s" is of someone else',
  (description) => {
    const release = releaseOf(4, { description });
    const seen = observed({ stopped: stoppedBy('failed', { during: 'config' }) });
    expect(observeReleases(plan, seen, [release, v3])).toMatchObject({ others: [release] });
  },
);

test.each([
  `Deployed web (${shortImageId(newImage)}), worker (ffffffffffff)`,
  'Deploy de63889',
  'Set LEVEL config vars',
])('after a lost response, "%s" is not of our images', (description) => {
  const release = releaseOf(4, { description });
  const seen = observed({ stopped: stoppedBy('failed', { during: 'release' }) });
  expect(observeReleases(plan, seen, [release, v3])).toMatchObject({ others: [release] });
});

test("images without an ID yet are nobody's", () => {
  const unbuilt = planOf({ images: [{ type: 'web', repository: 'shop/web', pushed: false }] });
  const seen = observed({ stopped: stoppedBy('failed', { during: 'release' }) });
  expect(observeReleases(unbuilt, seen, [ours, v3])).toMatchObject({ others: [ours] });
});

test('what is known to be ours stays ours, when someone does the same again', () => {
  const config = releaseOf(4, { description: 'Set LEVEL config vars' });
  const again = { ...config, id: 'id-6', version: 6 };
  const stopped = (during: 'config' | 'release') => stoppedBy('failed', { during });
  expect(observeReleases(plan, observed({ config, stopped: stopped('config') }), [again])).toMatchObject({
    config,
    others: [again],
  });
  const repeated = { ...ours, id: 'id-6', version: 6 };
  expect(observeReleases(plan, observed({ image: ours, stopped: stopped('release') }), [repeated])).toMatchObject({
    image: ours,
    others: [repeated],
  });
  const rollback = releaseOf(5, { description: 'Rollback to v3' });
  const back = { ...rollback, id: 'id-6', version: 6 };
  expect(
    observeReleases(plan, observed({ image: ours, rollback: rollbackOf({ release: rollback }) }), [
      back,
      rollback,
      ours,
    ]),
  ).toMatchObject({ rollback: { release: rollback }, others: [back] });
});

test('a rollback to another version, or another release, is of someone else', () => {
  const seen = observed({ image: ours, rollback: rollbackOf({ problem: 'no connection' }) });
  const other = releaseOf(5, { description: 'Rollback to v2' });
  expect(observeReleases(plan, seen, [other, ours, v3])).toMatchObject({ others: [other] });
});

const removalOf = (version: number) => releaseOf(version, { description: 'Removed clock' });

test('reads the status of releases that a removal created', () => {
  const [first, second] = [removalOf(5), { ...removalOf(6), status: 'pending' as const, current: false }];
  const ended = { ...second, status: 'succeeded' as const };
  const seen = observed({ image: ours, removal: { releases: [first, second], removed: [] } });
  expect(observeReleases(plan, seen, [ended, ours, v3])).toMatchObject({
    removal: { releases: [first, ended] },
    others: [],
  });
});

test('finds the release of a removal by its place, because its description is not documented', () => {
  const seen = observed({ image: ours, removal: { releases: [removalOf(5)], removed: [], requestedAfter: 5 } });
  const [vars, removal, later] = [
    releaseOf(6, { description: 'Set A config vars' }),
    releaseOf(7, { description: 'Remove clock' }),
    removalOf(8),
  ];
  const found = observeReleases(plan, seen, [later, removal, vars, removalOf(5), ours, v3]);
  expect(found.removal).toEqual({ releases: [removalOf(5), removal], removed: [] });
  expect(found.others).toEqual([later, vars]);
});

test('looks for the release of a removal until it is there', () => {
  const seen = observed({ image: ours, removal: { releases: [], removed: [], requestedAfter: 4 } });
  const before = observeReleases(plan, seen, [ours, v3]);
  expect(before.removal).toEqual({ releases: [], removed: [], requestedAfter: 4 });
  const after = observeReleases(plan, before, [removalOf(5), ours, v3]);
  expect(after).toMatchObject({ removal: { releases: [removalOf(5)] }, others: [] });
  expect(observeReleases(plan, after, [removalOf(6), removalOf(5), ours, v3]).others).toEqual([removalOf(6)]);
});

test('takes no release of images for the one of a removal', () => {
  const seen = observed({ image: ours, removal: { releases: [], removed: [], requestedAfter: 4 } });
  const other = releaseOf(5, { description: 'Deployed web (ffffffffffff)' });
  expect(observeReleases(plan, seen, [other, ours, v3])).toMatchObject({ removal: { releases: [] }, others: [other] });
});
