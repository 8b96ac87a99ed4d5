import { assertConfigVars, type ConfigVarsResource } from '../resources/config-vars.ts';
import { startDeadline } from '../resources/request-options.ts';
import type { Secret } from '../secret.ts';
import type { Clock } from '../transport/clock.ts';
import { settle } from '../transport/settle.ts';
import { attribute, RecentReleases } from './recent-releases.ts';
import { madeByConfigVars } from './release-author.ts';
import type { ReleasesResource } from './releases.ts';
import type { SafeReleases } from './safe-releases.ts';

/** Values that are set already create no release, so a short look is enough before sending them again. */
const polls = 2;

export function setConfigVars(
  configVars: ConfigVarsResource,
  releases: ReleasesResource,
  clock: Clock,
): SafeReleases['setConfigVars'] {
  return async (app, changes, { newestKnown = Number.POSITIVE_INFINITY, ...given } = {}) => {
    assertConfigVars(changes);
    const options = startDeadline(clock, given);
    const names = Object.keys(changes);
    if (names.length === 0) return { outcome: 'unchanged', others: [] };
    const recent = new RecentReleases(releases, clock, app, options);
    const author = madeByConfigVars(names);
    const newest = await recent.newest();
    if (newest && newest.version > newestKnown) return { outcome: 'superseded', others: [newest] };
    const before = newest?.version ?? 0;
    await settle<true>({
      name: `the change of ${app}'s config vars`,
      evidence: "the app's releases and config vars",
      send: async () => {
        await configVars.update(app, changes, options());
        return true;
      },
      findEffect: async () => {
        const found = await recent.poll(polls, before, (release) => author(release) === 'ours');
        // A failed release phase may take the values back, and an equal value creates no release: either is enough.
        return found || haveChanges(await configVars.get(app, options()), changes) ? true : undefined;
      },
    });
    const found = await recent.resultAfter(
      before,
      'The config vars were accepted: check the releases to see the result.',
    );
    const { release, others } = attribute(found, author);
    return release ? { outcome: 'released', release, others } : { outcome: 'unchanged', others };
  };
}

function haveChanges(
  current: Readonly<Record<string, Secret>>,
  changes: Readonly<Record<string, Secret | null>>,
): boolean {
  return Object.entries(changes).every(([name, value]) => {
    const found = Object.hasOwn(current, name) ? current[name] : undefined;
    return value === null ? found === undefined : value.equals(found);
  });
}
