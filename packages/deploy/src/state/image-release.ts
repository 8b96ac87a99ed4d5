import { parseReleaseDescription, type Release } from '@tozo/heroku-client';
import { assertNever } from '../assert-never.ts';

export interface ImageRelease {
  readonly release: Release;
  /** Short. */
  readonly imageIds: readonly string[];
}

/** What a release runs, as far as descriptions say: the images of a release, nothing yet, or something they don't name. */
export type ReleasedImages =
  ({ readonly kind: 'images' } & ImageRelease) | { readonly kind: 'none' } | { readonly kind: 'unnamed' };

/** Follows rollbacks, and changes of config vars and add-ons, to the release whose images a release runs. */
export function imagesOf(releases: readonly Release[], from: Release): ReleasedImages {
  let release: Release | undefined = from;
  for (let hops = 0; release && hops < releases.length; hops += 1) {
    const found = parseReleaseDescription(release.description);
    switch (found.kind) {
      case 'deploy':
        return found.imageIds.length > 0 ? { kind: 'images', release, imageIds: found.imageIds } : { kind: 'unnamed' };
      case 'promotion':
        return { kind: 'unnamed' };
      case 'rollback': {
        const { version }: { version: number | undefined } = found;
        release = version === undefined ? undefined : releases.find((candidate) => candidate.version === version);
        break;
      }
      case 'change': {
        const before = succeededBefore(releases, release);
        if (!before && isComplete(releases)) return { kind: 'none' };
        release = before;
        break;
      }
      case 'unknown':
        release = succeededBefore(releases, release);
        break;
      default:
        return assertNever(found);
    }
  }
  return { kind: 'unnamed' };
}

/** Returns the process types of all deploys that succeeded, as far as their descriptions name them. */
export function deployedTypes(releases: readonly Release[]): ReadonlySet<string> {
  const deploys = releases.filter(({ status }) => status === 'succeeded').map(({ description }) => description);
  return new Set(deploys.flatMap(typesIn));
}

/** Returns the short image IDs in `Deployed web (142013fe2b5c), worker (6f1a03b2c4d5)`, by process type. */
export function imagesByType({ description }: Pick<Release, 'description'>): Readonly<Record<string, string>> {
  const found = description.matchAll(/\b([a-z][a-z0-9_-]*) \(([0-9a-f]{12})\)/g);
  return Object.fromEntries([...found].map(([, type, imageId]) => [type, imageId]));
}

/**
 * Returns the process types that a release runs, as far as descriptions say: undefined if they leave it open. The formation
 * also lists types that only a failed deploy, or one that was rolled back, has released: they have no dynos.
 */
export function typesRunBy(
  releases: readonly Release[],
  release: Release,
  removals: readonly Removal[] = [],
): ReadonlySet<string> | undefined {
  const found = newestByType(releases, release, removals, ({ description }) =>
    typesIn(description).map((type) => [type, type]),
  );
  return found?.isComplete ? new Set(Object.keys(found.byType)) : undefined;
}

/** Which image each process type runs, by its short ID. */
export interface RunningIds {
  readonly ids: Readonly<Record<string, string>>;
  /** Whether types without an ID run no image; otherwise their images are unknown. */
  readonly isComplete: boolean;
}

/** Process types that were removed while a release ran. Descriptions of releases up to it still name them. */
export interface Removal {
  readonly release: number;
  readonly types: readonly string[];
}

/** Returns what a release runs, type by type, from the newest deploy of each. Undefined if a description leaves it open. */
export function runningIdsOf(
  releases: readonly Release[],
  release: Release,
  removals: readonly Removal[] = [],
): RunningIds | undefined {
  const found = newestByType(releases, release, removals, (part) => Object.entries(imagesByType(part)));
  return found && { ids: found.byType, isComplete: found.isComplete };
}

/** Follows rollbacks, and takes of each process type what the newest release that names it says. */
function newestByType(
  releases: readonly Release[],
  release: Release,
  removals: readonly Removal[],
  entriesOf: (release: Release) => readonly (readonly [type: string, value: string])[],
): { readonly byType: Readonly<Record<string, string>>; readonly isComplete: boolean } | undefined {
  const byType: Record<string, string> = {};
  const removed = new Set<string>();
  let from: Release | undefined = release;
  // A rollback brings back what was removed after its target.
  let asOf = release.version;
  for (let hops = 0; from && hops < releases.length; hops += 1) {
    const { version, description }: Release = from;
    for (const { release: at, types } of removals) {
      if (version <= at && at <= asOf) for (const type of types) removed.add(type);
    }
    const found = parseReleaseDescription(description);
    if (found.kind === 'rollback') {
      from = releases.find((candidate) => candidate.version === found.version);
      asOf = found.version ?? 0;
      continue;
    }
    const entries = entriesOf(from);
    if (found.kind !== 'change' && entries.length === 0) return undefined;
    for (const [type, value] of entries) if (!removed.has(type)) byType[type] ??= value;
    from = succeededBefore(releases, from);
    if (!from) return { byType, isComplete: isComplete(releases) };
    asOf = version - 1;
  }
  return undefined;
}

/** Returns the types in `Deployed web (142013fe2b5c), worker (6f1a03b2c4d5)`. */
function typesIn(description: string): string[] {
  const list = /^Deployed (.*)$/.exec(description)?.[1] ?? '';
  return list.split(',').flatMap((part) => /^\s*([a-z][a-z0-9_-]*)(?:\s|$)/.exec(part)?.[1] ?? []);
}

function succeededBefore(releases: readonly Release[], { version }: Release): Release | undefined {
  return releases
    .filter((release) => release.version < version && release.status === 'succeeded')
    .toSorted((a, b) => b.version - a.version)[0];
}

function isComplete(releases: readonly Release[]): boolean {
  return releases.some(({ version }) => version === 1);
}
