import { callError } from '../errors.ts';
import { assertUpdates, updateFormation } from '../resources/formation-update.ts';
import { startDeadline } from '../resources/request-options.ts';
import type { Api } from '../transport/api.ts';
import type { Clock } from '../transport/clock.ts';
import { settle } from '../transport/settle.ts';
import { attribute, RecentReleases } from './recent-releases.ts';
import { madeByImages } from './release-author.ts';
import type { ReleasesResource } from './releases.ts';
import type { SafeReleases } from './safe-releases.ts';

/** Sending the same images twice creates one release, so a short look is enough before it. */
const polls = 2;

export function releaseImages(api: Api, releases: ReleasesResource, clock: Clock): SafeReleases['releaseImages'] {
  return async (app, updates, { newestKnown = Number.POSITIVE_INFINITY, ...given } = {}) => {
    assertUpdates(updates);
    const images = updates.map(({ dockerImage }) => dockerImage).filter((image) => image !== undefined);
    if (images.length === 0) throw callError('releaseImages needs an image. Without images, use formation.update.');
    const options = startDeadline(clock, given);
    const recent = new RecentReleases(releases, clock, app, options);
    const author = madeByImages(images);
    const newest = await recent.newest();
    if (newest && newest.version > newestKnown) return { outcome: 'superseded', others: [newest] };
    const before = newest?.version ?? 0;
    const warnings = await settle<readonly string[]>({
      name: `the release of ${app}`,
      send: async () => (await updateFormation(api, app, updates, options())).warnings,
      findEffect: async () => {
        const found = await recent.poll(polls, before, (release) => author(release) === 'ours');
        return found && [];
      },
    });
    const found = await recent.resultAfter(before, 'The images were accepted: check the releases to see the result.');
    const { release, others } = attribute(found, author);
    if (release) return { outcome: 'released', release, others };
    return { outcome: 'unchanged', ...(warnings.length > 0 ? { warning: warnings.join(' ') } : {}), others };
  };
}
