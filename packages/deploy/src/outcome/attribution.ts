import { parseReleaseDescription, type Release, shortImageId } from '@tozo/heroku-client';
import type { DeployPlan } from '../plan/plan.ts';
import { createdRelease, type Observations, ownReleases, type Removal } from './observations.ts';

/**
 * Returns the observations with the app's releases as just read: this deploy's with their present status, the current one,
 * and those of others. A request whose response was lost may have created a release: it's found by its description.
 * @param releases the newest ones, newest first
 */
export function observeReleases(plan: DeployPlan, seen: Observations, releases: readonly Release[]): Observations {
  const created = releases.filter(({ version }) => version > (seen.before.newest?.version ?? 0));
  const { config, image, removal, rollback, stopped } = seen;
  const during = stopped?.during;
  const found: Observations = {
    ...seen,
    ...optional(
      'config',
      fresh(config, releases) ?? (during === 'config' ? created.find(setsVarsOf(plan)) : undefined),
    ),
    ...optional(
      'image',
      fresh(image, releases) ?? (during === 'release' ? created.find(releasesImagesOf(plan)) : undefined),
    ),
    ...(removal ? { removal: observeRemoval(removal, releases) } : {}),
    ...(rollback
      ? {
          rollback: {
            ...rollback,
            ...optional(
              'release',
              fresh(rollback.release, releases) ?? created.find(rollsBackTo(rollback.target.version)),
            ),
          },
        }
      : {}),
    ...optional(
      'current',
      releases.find(({ current }) => current),
    ),
  };
  const own = new Set(ownReleases(found).map(({ version }) => version));
  return { ...found, others: created.filter(({ version }) => !own.has(version)) };
}

/** Returns a release with its present status, or as it was known if it isn't among those read. */
function fresh<T extends Release | 'none' | undefined>(known: T, releases: readonly Release[]): T | Release {
  return releases.find(({ version }) => version === createdRelease(known)?.version) ?? known;
}

function observeRemoval({ requestedAfter, ...removal }: Removal, releases: readonly Release[]): Removal {
  const known = removal.releases.map((own) => fresh(own, releases));
  const after = requestedAfter ?? Number.POSITIVE_INFINITY;
  const created = releases.findLast((release) => release.version > after && mayRemoveTypes(release));
  return created
    ? { ...removal, releases: [...known, created] }
    : { ...removal, releases: known, ...optional('requestedAfter', requestedAfter) };
}

/** A removal's description isn't documented; those of other changes are recognized. */
function mayRemoveTypes({ description }: Release): boolean {
  const found = parseReleaseDescription(description);
  return found.kind === 'unknown' || (found.kind === 'change' && found.configVars === undefined);
}

function setsVarsOf({ configVars }: DeployPlan): (release: Release) => boolean {
  return ({ description }) => {
    const found = parseReleaseDescription(description);
    const names = (found.kind === 'change' && found.configVars) || [];
    return names.length > 0 && names.every((name) => configVars.set.includes(name));
  };
}

function releasesImagesOf({ images }: DeployPlan): (release: Release) => boolean {
  const ours = new Set(images.flatMap(({ imageId }) => (imageId ? [shortImageId(imageId)] : [])));
  return ({ description }) => {
    const found = parseReleaseDescription(description);
    const ids = found.kind === 'deploy' ? found.imageIds : [];
    return ids.length > 0 && ids.every((id) => ours.has(id));
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
