import type { Release } from '@tozo/heroku-client';
import { digestOf } from '@tozo/registry-pusher';
import { shortImageId } from '@tozo/heroku-client';
import { expect, test } from 'vitest';
import type { Attempt } from '../state/attempts.ts';
import type { CurrentState } from '../state/current-state.ts';
import { planRollbackTarget } from './plan-rollback.ts';

const oldImage = digestOf('old');
const newImage = digestOf('new');
const deployed = (image: string): string => `Deployed web (${shortImageId(image)})`;

/** Returns releases, newest first, from descriptions, oldest first. Those that start with "failed: " failed. */
function releasesOf(...descriptions: string[]): Release[] {
  const all = ['Initial release', 'Enable Logplex', ...descriptions].map((text, index) => {
    const [, failed, description] = /^(failed: )?(.*)$/.exec(text)!;
    const status = failed ? 'failed' : 'succeeded';
    return { id: `id-${index + 1}`, version: index + 1, description, status, createdAt: '2026-11-01T12:00:00Z' };
  });
  const current = all.findLast(({ status }) => status === 'succeeded');
  return all.map((release) => ({ ...release, current: release === current }) as Release).reverse();
}

function targetOf(releases: readonly Release[], interrupted?: Pick<Attempt, 'baseline' | 'images'>) {
  const release = releases.find(({ current }) => current)!;
  const state = { releases, release, interrupted } as unknown as CurrentState;
  return planRollbackTarget(state, ['LOG_LEVEL']).rollbackTarget;
}

test('is the current release, and says until when Heroku keeps it', () => {
  expect(targetOf(releasesOf(deployed(oldImage)))).toEqual({
    id: 'id-3',
    version: 3,
    keptUntil: '2026-12-01T12:00:00.000Z',
  });
});

test('is the current release when the newest one failed (fault 75, deploy)', () => {
  expect(targetOf(releasesOf(deployed(oldImage), `failed: ${deployed(newImage)}`))?.version).toBe(3);
});

test('is absent when nothing ran before (fault 107, deploy)', () => {
  expect(targetOf(releasesOf())).toBeUndefined();
  expect(targetOf(releasesOf(`failed: ${deployed(newImage)}`))).toBeUndefined();
  expect(targetOf(releasesOf(`failed: ${deployed(newImage)}`, 'Set LOG_LEVEL config vars'))).toBeUndefined();
});

test('is the release before both releases of a killed deploy (fault 76, deploy)', () => {
  const releases = releasesOf(deployed(oldImage), 'Set LOG_LEVEL config vars', deployed(newImage));
  const interrupted = { baseline: { version: 3, id: 'id-3' }, images: { web: newImage } };
  expect(targetOf(releases, interrupted)?.version).toBe(3);
  expect(targetOf(releases)?.version).toBe(5);
});

test('never undoes what someone else released after a killed deploy (fault 71, deploy)', () => {
  const interrupted = { baseline: { version: 3, id: 'id-3' }, images: { web: newImage } };
  for (const theirs of ['Set OTHER config vars', deployed(digestOf('theirs')), 'Attach DATABASE (@ref:pg-1)']) {
    expect(targetOf(releasesOf(deployed(oldImage), deployed(newImage), theirs), interrupted)?.version).toBe(5);
  }
});

test('is absent when a first deploy was killed', () => {
  const releases = releasesOf('Set LOG_LEVEL config vars', deployed(newImage));
  const images = { web: newImage };
  expect(targetOf(releases, { baseline: { version: 2, id: 'id-2' }, images })).toBeUndefined();
  expect(targetOf(releases, { images })).toBeUndefined();
  expect(targetOf(releasesOf(deployed(oldImage), deployed(newImage)), { images })?.version).toBe(4);
});
