import { type Release, shortImageId } from '@tozo/heroku-client';
import type { Digest } from '../ports.ts';
import { imagesOf } from './image-release.ts';

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
  const found = imagesOf(releases, current);
  if (found.kind !== 'images') {
    return { kind: 'unknown', reason: `no release up to v${current.version} names an image` };
  }
  const matching = Object.entries(registry).filter(([, imageId]) => found.imageIds.includes(shortImageId(imageId)));
  if (matching.length === 0) {
    return { kind: 'unknown', reason: `the images of v${found.release.version} aren't the latest in the registry` };
  }
  return { kind: 'known', images: Object.fromEntries(matching) };
}
