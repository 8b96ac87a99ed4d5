import { parseReleaseDescription, type Release, shortImageId } from '@tozo/heroku-client';
import type { Digest } from '@tozo/registry-pusher';
import { assertNever } from './assert-never.ts';

/**
 * Which images run. The API's public schema does not tell; a release's description does, in short, so it is known only
 * where that agrees with what the registry holds.
 */
export type RunningImages =
  | { readonly kind: 'known'; readonly images: Readonly<Record<string, Digest>> }
  | { readonly kind: 'unknown'; readonly reason: string };

/**
 * Finds the images of the current release: its own description's, or, for a config change or a rollback, those of the
 * release that it took over.
 */
export function runningImages(releases: readonly Release[], registry: Readonly<Record<string, Digest>>): RunningImages {
  const current = releases.find((release) => release.current);
  if (!current) return { kind: 'unknown', reason: 'no release is current' };
  const source = imageRelease(releases, current);
  if (!source) return { kind: 'unknown', reason: `no image is named in the releases up to v${current.version}` };
  const { release, imageIds } = source;
  const matching = Object.entries(registry).filter(([, imageId]) => imageIds.includes(shortImageId(imageId)));
  if (matching.length === 0) {
    return { kind: 'unknown', reason: `the images of v${release.version} are not the registry's newest` };
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
