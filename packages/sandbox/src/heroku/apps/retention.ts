import type { TaggedImageStore } from '../../registry/image-store.ts';
import type { Clock } from '../../time/clock.ts';
import { type AppRecord, currentRelease, type ImageReference, type Release } from '../state/model.ts';

/**
 * How long Heroku keeps images, and of how many releases.
 * @see https://devcenter.heroku.com/changelog-items/3395
 */
const keptMs = 30 * 24 * 3_600_000;
const keptReleases = 20;

const isOld = (time: number, now: number): boolean => now - time > keptMs;
const keyOf = ({ repository, imageId }: ImageReference): string => `${repository}@${imageId}`;
const imagesIn = (release: Release): string[] => Object.values(release.snapshot.images).map(keyOf);

/**
 * Gives releases whose images are destroyed the status `expired`: they are older than 30 days, there are 20 newer ones, and no
 * release that is kept has the same images.
 */
export function expireReleases(app: AppRecord, now: number): void {
  const current = currentRelease(app);
  const isKept = (release: Release, index: number) =>
    index >= app.releases.length - keptReleases || release === current || !isOld(Date.parse(release.createdAt), now);
  const kept = new Set(app.releases.filter(isKept).flatMap(imagesIn));
  for (const [index, release] of app.releases.entries()) {
    if (isKept(release, index) || release.status === 'pending') continue;
    if (imagesIn(release).some((image) => !kept.has(image))) release.status = 'expired';
  }
}

/** Returns a store without the images that are destroyed: those older than 30 days that no release has any more. */
export function withRetention(
  images: TaggedImageStore,
  clock: Clock,
  findApp: (id: string) => AppRecord | undefined,
): TaggedImageStore {
  const isReleased = (image: ImageReference) => {
    const app = findApp(image.repository.split('/')[0] ?? '');
    if (app) expireReleases(app, clock.now());
    return app?.releases.some((one) => one.status !== 'expired' && imagesIn(one).includes(keyOf(image))) ?? false;
  };
  return {
    ...images,
    async findImage(repository, imageId) {
      const image = await images.findImage(repository, imageId);
      if (image === undefined || isReleased({ repository, imageId })) return image;
      return isOld((await images.pushedAt(repository, imageId)) ?? 0, clock.now()) ? undefined : image;
    },
  };
}
