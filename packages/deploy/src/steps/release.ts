import { type HerokuClient, type Release, shortImageId } from '@tozo/heroku-client';
import { assertNever } from '../assert-never.ts';
import { DeployError } from '../errors.ts';
import type { Image } from '../ports.ts';
import type { Emit } from '../report/events.ts';
import type { Deployment } from './deployment.ts';
import { showReleaseOutput } from './release-output.ts';

/** Heroku ends a release phase after an hour. */
const releasePhaseSeconds = 3660;

/**
 * Releases all process types in one request, by image ID, and follows the release until it ends. Returns undefined if none
 * was needed, or if Heroku created none because exactly these images are already running.
 * @param newestKnown the version of the newest release that this deploy knows
 * @throws DeployError SUPERSEDED, RELEASE_FAILED
 */
export async function releaseStep(
  deployment: Deployment,
  images: Readonly<Record<string, Image>>,
  newestKnown: number,
): Promise<Release | undefined> {
  const { run, plan } = deployment;
  if (!plan.release.needed && plan.scale.length === 0) return undefined;
  const imageId = plan.images[0]?.imageId;
  const release = await run.step(
    'release',
    () => releaseImages(deployment, images, newestKnown),
    (created) =>
      created ? `v${created.version}${imageId ? `  image ${shortImageId(imageId)}` : ''}` : 'no new release needed',
  );
  if (release) run.recordRelease(release);
  return release;
}

async function releaseImages(
  { run, services, plan }: Deployment,
  images: Readonly<Record<string, Image>>,
  newestKnown: number,
): Promise<Release | undefined> {
  const { heroku } = services;
  const scale = new Map(plan.scale.map(({ type, to }) => [type, to]));
  const updates = Object.entries(images).map(([type, { imageId }]) => {
    const quantity = scale.get(type);
    return { type, dockerImage: imageId, ...(quantity === undefined ? {} : { quantity }) };
  });
  const result = await heroku.releaseImages(plan.app, updates, { ...run.options, newestKnown });
  switch (result.outcome) {
    case 'released':
      return followRelease(heroku, plan.app, result.release, run.emit, run.signal);
    case 'unchanged':
      return undefined;
    case 'superseded':
      throw supersededError(plan.app, result.others[0], newestKnown);
    default:
      return assertNever(result);
  }
}

function supersededError(app: string, { version }: Release, newestKnown: number): DeployError {
  return new DeployError(
    'SUPERSEDED',
    `${app}: someone else released v${version} during this deploy, which started from v${newestKnown}. Nothing was released: deploy again if this version should still go live.`,
  );
}

/**
 * Shows a release's output while it runs, and waits for its final status, regardless of the output.
 * @throws DeployError RELEASE_FAILED unless the release succeeds
 */
export async function followRelease(
  heroku: HerokuClient,
  app: string,
  release: Release,
  emit: Emit,
  signal?: AbortSignal,
): Promise<Release> {
  const output = showReleaseOutput(heroku, app, release, emit, signal);
  try {
    const final = await heroku.releases.waitFor(app, release.version, {
      deadline: releasePhaseSeconds * 1000,
      ...(signal ? { signal } : {}),
    });
    if (final.status === 'succeeded') return final;
    throw new DeployError(
      'RELEASE_FAILED',
      `release v${release.version} of ${app} ended as "${final.status}": its release phase failed. Fix the error in its output above and deploy again.`,
    );
  } finally {
    await output.end();
  }
}
