import { parseReleaseDescription, type Release, shortImageId } from '@tozo/heroku-client';
import type { DeployPlan } from '../plan/plan.ts';
import { type Observations, ownReleases } from './observations.ts';

/**
 * Returns the observations with the app's releases as just read: this deploy's with their present status, the current one,
 * and those of others. A request whose response was lost may have created a release: it's found by its description.
 * @param releases the newest ones, newest first
 */
export function observeReleases(plan: DeployPlan, seen: Observations, releases: readonly Release[]): Observations {
  const fresh = <T extends Release | 'none' | undefined>(known: T): T | Release =>
    known === undefined || known === 'none'
      ? known
      : (releases.find(({ version }) => version === known.version) ?? known);
  const created = releases.filter(({ version }) => version > (seen.before.newest?.version ?? 0));
  const known = new Set(ownReleases(seen).map(({ version }) => version));
  const unclaimed = created.filter(({ version }) => !known.has(version));
  const { config, image, removal, rollback, stopped } = seen;
  const during = stopped?.during;
  const found: Observations = {
    ...seen,
    ...optional('config', fresh(config) ?? (during === 'config' ? unclaimed.find(setsVarsOf(plan)) : undefined)),
    ...optional('image', fresh(image) ?? (during === 'release' ? unclaimed.find(releasesImagesOf(plan)) : undefined)),
    ...(removal ? { removal: { ...removal, ...optional('release', fresh(removal.release)) } } : {}),
    ...(rollback
      ? {
          rollback: {
            ...rollback,
            ...optional('release', fresh(rollback.release) ?? unclaimed.find(rollsBackTo(rollback.target.version))),
          },
        }
      : {}),
    ...optional('current', releases.find(({ current }) => current) ?? seen.current),
  };
  const own = new Set(ownReleases(found).map(({ version }) => version));
  return { ...found, others: created.filter(({ version }) => !own.has(version)) };
}

function setsVarsOf({ configVars }: DeployPlan): (release: Release) => boolean {
  return ({ description }) => {
    const found = parseReleaseDescription(description);
    return found.kind === 'change' && (found.configVars ?? []).some((name) => configVars.set.includes(name));
  };
}

function releasesImagesOf({ images }: DeployPlan): (release: Release) => boolean {
  const ours = new Set(images.flatMap(({ imageId }) => (imageId ? [shortImageId(imageId)] : [])));
  return ({ description }) => {
    const found = parseReleaseDescription(description);
    return found.kind === 'deploy' && found.imageIds.some((id) => ours.has(id));
  };
}

function rollsBackTo(version: number): (release: Release) => boolean {
  return ({ description }) => {
    const found = parseReleaseDescription(description);
    return found.kind === 'rollback' && found.version === version;
  };
}

function optional<K extends string, T>(key: K, value: T | undefined): { readonly [P in K]?: T } {
  return (value === undefined ? {} : { [key]: value }) as { readonly [P in K]?: T };
}
