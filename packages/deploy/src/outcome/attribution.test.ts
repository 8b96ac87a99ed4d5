import { expect, test } from 'vitest';
import { shortImageId } from '@tozo/heroku-client';
import { newImage, observed, planOf, releaseOf, rollbackOf, stoppedBy } from '../testing/observed.ts';
import { observeReleases } from './attribution.ts';

const v3 = releaseOf(3, { current: false });
const ours = releaseOf(4, { description: `Deployed web (${shortImageId(newImage)})` });
const theirs = releaseOf(4, { description: 'Deployed web (ffffffffffff)', user: 'ben@example.com' });
const plan = planOf({ configVars: { set: ['LEVEL'], unchanged: [], notInEffect: [] } });

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
