import { parseReleaseDescription, type Release } from '@tozo/heroku-client';

/** A release that changed config vars. */
export interface ConfigChange {
  readonly version: number;
  /** Names only: the API shows no values of earlier releases. Empty if the release is about an add-on or a feature. */
  readonly names: readonly string[];
  readonly description: string;
}

export interface ConfigDifference {
  /** The changes in which the config vars of two releases differ, newest first. */
  readonly changes: readonly ConfigChange[];
  /** False if releases are missing or unreadable, so that there may be more changes. */
  readonly isComplete: boolean;
}

/**
 * Returns the config changes that one release has and another doesn't, either way. A rollback has the config vars of the
 * release that it goes back to.
 * @param releases newest first
 */
export function configDifference(releases: readonly Release[], from: Release, to: Release): ConfigDifference {
  const [left, right] = [historyOf(releases, from), historyOf(releases, to)];
  const shared = new Set(versionsOf(left.changes).filter((version) => versionsOf(right.changes).includes(version)));
  const changes = [...left.changes, ...right.changes].filter(({ version }) => !shared.has(version));
  const meets = shared.size > 0 || left.visited.some((version) => right.visited.includes(version));
  return {
    changes: changes.toSorted((a, b) => b.version - a.version),
    isComplete: meets || (left.reachesStart && right.reachesStart),
  };
}

interface History {
  /** Newest first. */
  readonly changes: readonly ConfigChange[];
  readonly visited: readonly number[];
  readonly reachesStart: boolean;
}

/** Follows a release to the ones that it was built on. */
function historyOf(releases: readonly Release[], from: Release): History {
  const changes: ConfigChange[] = [];
  const visited: number[] = [];
  let release: Release | undefined = from;
  while (release && !visited.includes(release.version)) {
    const { version, description }: Release = release;
    visited.push(version);
    const found = parseReleaseDescription(description);
    if (found.kind === 'change') changes.push({ version, names: found.configVars ?? [], description });
    release =
      found.kind === 'rollback'
        ? releases.find((candidate) => candidate.version === found.version)
        : releases.find((candidate) => candidate.version < version && candidate.status === 'succeeded');
  }
  return { changes, visited, reachesStart: visited.at(-1) === 1 };
}

function versionsOf(changes: readonly ConfigChange[]): number[] {
  return changes.map(({ version }) => version);
}
