import { parseReleaseDescription, type Release, shortImageId } from '@tozo/heroku-client';
import { assertNever } from '../assert-never.ts';
import type { Digest } from '../ports.ts';

/**
 * Which images run, by process type. Heroku's API shows only short image IDs, in release descriptions. They are known if
 * the registry has images with these IDs.
 */
export type RunningImages =
  | { readonly kind: 'known'; readonly images: Readonly<Record<string, Digest>> }
  | { readonly kind: 'unknown'; readonly reason: string };

/** Returns the images that the current release runs. */
export function runningImages(releases: readonly Release[], registry: Readonly<Record<string, Digest>>): RunningImages {
  const current = releases.find((release) => release.current);
  if (!current) return { kind: 'unknown', reason: 'the app has no current release' };
  const source = imageRelease(releases, current);
  if (!source) return { kind: 'unknown', reason: `no release up to v${current.version} names an image` };
  const { release, imageIds } = source;
  const matching = Object.entries(registry).filter(([, imageId]) => imageIds.includes(shortImageId(imageId)));
  if (matching.length === 0) {
    return { kind: 'unknown', reason: `the images of v${release.version} aren't the latest in the registry` };
  }
  return { kind: 'known', images: Object.fromEntries(matching) };
}

interface ImageRelease {
  readonly release: Release;
  /** Short. */
  readonly imageIds: readonly string[];
}

/** Follows rollbacks, and changes of config vars and add-ons, to the release whose images they run. */
function imageRelease(releases: readonly Release[], from: Release): ImageRelease | undefined {
  let release: Release | undefined = from;
  for (let hops = 0; release && hops < releases.length; hops += 1) {
    const found = parseReleaseDescription(release.description);
    switch (found.kind) {
      case 'deploy':
        return found.imageIds.length > 0 ? { release, imageIds: found.imageIds } : undefined;
      case 'promotion':
        return undefined;
      case 'rollback':
        release = found.version === undefined ? undefined : releases.find(({ version }) => version === found.version);
        break;
      case 'change':
      case 'unknown':
        release = succeededBefore(releases, release);
        break;
      default:
        return assertNever(found);
    }
  }
  return undefined;
}

function succeededBefore(releases: readonly Release[], { version }: Release): Release | undefined {
  return releases
    .filter((release) => release.version < version && release.status === 'succeeded')
    .sort((a, b) => b.version - a.version)[0];
}
