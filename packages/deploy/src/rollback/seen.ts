import { parseReleaseDescription, type Release } from '@tozo/heroku-client';
import type { Before, Health, RollbackResult, Stopped } from '../outcome/observations.ts';
import { imagesOf } from '../state/image-release.ts';
import type { MissingDynos } from '../steps/missing-dynos.ts';
import { type RollbackPlan, shortIdsOf } from './plan.ts';

/** What a rollback has observed so far. */
export interface RollbackSeen {
  /** What existed before the rollback. */
  readonly before: Before;
  readonly rollback?: RollbackResult;
  /** Releases of others since `before`, of any status, newest first. */
  readonly others: readonly Release[];
  /** The release that runs, as last read. */
  readonly current?: Release;
  /** The short IDs of the images that it runs, as last read. */
  readonly imageIds?: readonly string[];
  /** The process types of the target that no dyno is set to run, as last read. */
  readonly missing?: readonly MissingDynos[];
  /** The verdict on the release that runs. */
  readonly health?: Health;
  /** Why the rollback stops here. */
  readonly stopped?: Stopped;
}

/**
 * Returns the observations with the app's releases as just read. A rollback whose response was lost is found by its
 * description.
 * @param releases the newest ones, newest first
 */
export function observe(plan: RollbackPlan, seen: RollbackSeen, releases: readonly Release[]): RollbackSeen {
  const created = releases.filter(({ version }) => version > (seen.before.newest?.version ?? 0));
  const { rollback } = seen;
  const known = rollback?.release;
  const own =
    rollback && (created.find((release) => (known ? release.id === known.id : isOurs(plan, release))) ?? known);
  const current = releases.find((release) => release.current);
  return {
    ...seen,
    ...(rollback ? { rollback: { ...rollback, ...(own ? { release: own } : {}) } } : {}),
    others: created.filter(({ version }) => version !== own?.version),
    ...(current ? { current, imageIds: shortIdsOf(imagesOf(releases, current)) } : {}),
  };
}

function isOurs({ way, target }: RollbackPlan, { description }: Release): boolean {
  const found = parseReleaseDescription(description);
  return way === 'rollback'
    ? found.kind === 'rollback' && found.version === target.version
    : found.kind === 'deploy' &&
        found.imageIds.length > 0 &&
        found.imageIds.every((id) => target.imageIds.includes(id));
}
