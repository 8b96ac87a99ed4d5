import { type ProcessType, type Release, shortImageId } from '@tozo/heroku-client';
import type { Digest } from '../ports.ts';
import { imagesOf } from './image-release.ts';
import type { DeployRecord } from './records/record.ts';

/**
 * Which images run, by process type. They are known where Heroku's API names the image resource that the last deploy's record
 * has, and where a release description's short image ID is the registry's or the record's.
 */
export type RunningImages =
  | { readonly kind: 'known'; readonly images: Readonly<Record<string, Digest>> }
  | { readonly kind: 'unknown'; readonly reason: string };

export interface ImageSources {
  /** The image that the last deploy published, by process type. */
  readonly registry: Readonly<Record<string, Digest>>;
  readonly formation?: readonly ProcessType[];
  readonly record?: Pick<DeployRecord, 'images' | 'imageResources'> | undefined;
}

/** Returns the images that the current release runs. */
export function runningImages(releases: readonly Release[], sources: ImageSources): RunningImages {
  const current = releases.find((release) => release.current);
  if (!current) return { kind: 'unknown', reason: 'the app has no current release' };
  // After a failed release, the formation may show its images.
  const named = releases[0] === current ? imagesByResource(sources) : {};
  const described = imagesByDescription(releases, current, sources);
  const images = { ...described.images, ...named };
  return Object.keys(images).length > 0 ? { kind: 'known', images } : { kind: 'unknown', reason: described.reason };
}

/** Heroku names images by resources of its own. A record knows those of its deploy. */
function imagesByResource({ formation = [], record }: ImageSources): Record<string, Digest> {
  return Object.fromEntries(
    formation.flatMap(({ type, dockerImage }) => {
      const image = record?.images[type];
      const isSame = dockerImage && dockerImage.id === record?.imageResources?.[type];
      return image && isSame ? [[type, image] as const] : [];
    }),
  );
}

function imagesByDescription(
  releases: readonly Release[],
  current: Release,
  { registry, record }: ImageSources,
): { readonly images: Readonly<Record<string, Digest>>; readonly reason: string } {
  const found = imagesOf(releases, current);
  if (found.kind !== 'images') {
    return { images: {}, reason: `no release up to v${current.version} names an image` };
  }
  const isNamed = ([, imageId]: [string, Digest]): boolean => found.imageIds.includes(shortImageId(imageId));
  const candidates = [...Object.entries(record?.images ?? {}), ...Object.entries(registry)];
  return {
    images: Object.fromEntries(candidates.filter(isNamed)),
    reason: `the images of v${found.release.version} aren't the latest in the registry`,
  };
}
