import { type Release, shortImageId } from '@tozo/heroku-client';
import type { Deployment } from './deployment.ts';
import { failureOf, followRelease } from './follow-release.ts';
import { lookAtReleases, newestKnown } from './look.ts';

/**
 * Releases all process types in one request, by image ID, and follows the release until it ends. If only dyno counts change,
 * no image is named: after a failed release, Heroku would release the very images that run once more.
 */
export async function releaseStep(deployment: Deployment): Promise<void> {
  const { run, plan } = deployment;
  const imageId = plan.images[0]?.imageId;
  await run.step(
    'release',
    () => releaseImages(deployment),
    (release) =>
      release ? `v${release.version}${imageId ? `  image ${shortImageId(imageId)}` : ''}` : 'no new release',
    (release) => release && failureOf(release),
  );
  await lookAtReleases(deployment);
}

async function releaseImages(deployment: Deployment): Promise<Release | undefined> {
  const { run, services, plan, images } = deployment;
  if (!plan.release.needed) {
    const counts = plan.scale.map(({ type, to }) => ({ type, quantity: to }));
    await services.heroku.formation.update(plan.app, counts, run.options);
    run.note({ image: 'none' });
    return undefined;
  }
  const scale = new Map(plan.scale.map(({ type, to }) => [type, to]));
  const updates = Object.entries(images).map(([type, { imageId }]) => {
    const quantity = scale.get(type);
    return { type, dockerImage: imageId, ...(quantity === undefined ? {} : { quantity }) };
  });
  const options = { ...run.options, newestKnown: newestKnown(deployment) };
  const result = await services.heroku.releaseImages(plan.app, updates, options);
  if (result.outcome === 'superseded') return undefined;
  if (result.outcome === 'unchanged') {
    run.note({ image: 'none' });
    return undefined;
  }
  run.note({ image: result.release });
  const image = await followRelease(services.heroku, plan.app, result.release, run.emit, run.signal);
  run.note({ image });
  return image;
}
