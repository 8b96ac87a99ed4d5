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
