import { readState } from '../decision/state.ts';
import type { KnownDeployments } from '../deployments/known-deployments.ts';
import { livenessOf } from '../deployments/liveness.ts';
import type { Ancestry } from '../git/history.ts';

/** The commits that an environment may run. */
export interface LiveCommits {
  /** The commits since which changes have to be built: what may be live, or what was decided for since. */
  readonly build: readonly string[];
  /** Older ones, which only matter for what was put back on purpose. */
  readonly keep: readonly string[];
}

/** Returns the commits that an environment may run, or undefined if nothing was deployed there successfully. */
export function liveCommits(
  { successes, recent }: KnownDeployments & { kind: 'known' },
  ancestry: Ancestry,
): LiveCommits | undefined {
  const state = readState(successes, recent, ancestry, () => false);
  if (!state) return undefined;
  const { seen, runs, putBack, maybeLive } = state;
  // A job that kept what was put back would have deployed if the app had changed since.
  const version = putBack ? seen.sha : runs.sha;
  return {
    build: [version, ...maybeLive.map(({ sha }) => sha)],
    keep: putBack ? [putBack.seen.sha] : [],
  };
}

/** Returns the commits whose relations decide, of those that GitLab lists: the newest successes, and what may be live. */
export function neededCommits({ successes, recent }: KnownDeployments & { kind: 'known' }): string[] {
  const lastId = successes[0]?.id ?? 0;
  const attempts = recent.filter((record) => livenessOf(record) === 'maybe' && record.id > lastId);
  return [...new Set([...successes.slice(0, 10), ...attempts].map(({ sha }) => sha))];
}

/** Returns all commits that GitLab lists. */
export function allCommits({ successes, recent }: KnownDeployments & { kind: 'known' }): string[] {
  return [...new Set([...successes, ...recent].map(({ sha }) => sha))];
}
