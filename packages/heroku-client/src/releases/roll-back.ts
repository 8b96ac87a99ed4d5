import { startDeadline } from '../resources/request-options.ts';
import type { Clock } from '../transport/clock.ts';
import { settle } from '../transport/settle.ts';
import { RecentReleases } from './recent-releases.ts';
import { madeByRollback } from './release-author.ts';
import type { Release } from './release.ts';
import type { ReleasesResource } from './releases.ts';
import type { SafeReleases } from './safe-releases.ts';

/** Heroku's router ends a request after 30 s: a rollback that doesn't exist by then doesn't come. */
const polls = 16;

export function rollBack(releases: ReleasesResource, clock: Clock): SafeReleases['rollback'] {
  return async (app, releaseId, { newestKnown = Number.POSITIVE_INFINITY, ...given } = {}) => {
    const options = startDeadline(clock, given);
    const recent = new RecentReleases(releases, clock, app, options);
    const target = await releases.get(app, releaseId, options());
    const author = madeByRollback(target.version);
    const newest = await recent.newest();
    if (newest && newest.version > newestKnown) return { outcome: 'superseded', others: [newest] };
    const before = newest?.version ?? 0;
    const release = await settle<Release>({
      name: `the rollback of ${app}`,
      send: () => releases.rollback(app, target.id, options()),
      findEffect: () => recent.poll(polls, before, (candidate) => author(candidate) !== 'foreign'),
    });
    const found = await recent.resultAfter(before, `The rollback was created: v${release.version}.`);
    return { outcome: 'released', release, others: found.filter(({ version }) => version !== release.version) };
  };
}
