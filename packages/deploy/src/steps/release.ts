import { type HerokuClient, type Release, shortImageId } from '@tozo/heroku-client';
import { newestRelease } from '../current-state.ts';
import type { Deployment } from '../deployment.ts';
import { DeployError } from '../errors.ts';
import type { Emit } from '../events.ts';
import { showReleaseOutput } from './release-output.ts';

/** A release phase ends after an hour at the latest on Heroku. */
const releasePhaseSeconds = 3660;

/**
 * Releases all process types in one request, by image ID, and follows the release to its end. Gives undefined when Heroku
 * made none because exactly these images run already.
 * @throws DeployError SUPERSEDED, RELEASE_FAILED
 */
export async function releaseStep(deployment: Deployment, newestKnown: number): Promise<Release | undefined> {
  const { run, plan, described } = deployment;
  if (!plan.release.needed && plan.scale.length === 0) return undefined;
  const image = Object.values(described.imageIds ?? {})[0];
  const release = await run.step(
    'release',
    () => releaseImages(deployment, newestKnown),
    (made) => (made ? `v${made.version}${image ? `  image ${shortImageId(image)}` : ''}` : 'no new release needed'),
  );
  if (release) run.released(release);
  return release;
}

async function releaseImages(
  { run, services, plan, described }: Deployment,
  newestKnown: number,
): Promise<Release | undefined> {
  const { heroku } = services;
  await refuseWhenOvertaken(heroku, plan.app, newestKnown, run.options);
  const scale = new Map(plan.scale.map(({ type, to }) => [type, to]));
  const updates = plan.images.map(({ type }) => {
    const quantity = scale.get(type);
    return { type, dockerImage: described.images![type]!.imageId, ...(quantity === undefined ? {} : { quantity }) };
  });
  const result = await heroku.releaseImages(plan.app, updates, run.options);
  if (result.outcome === 'unchanged') return undefined;
  return followRelease(heroku, plan.app, result.release, run.emit, run.signal);
}

/** Heroku offers no conditional write: the newest release is compared just before. */
async function refuseWhenOvertaken(
  heroku: HerokuClient,
  app: string,
  newestKnown: number,
  options: { signal?: AbortSignal },
): Promise<void> {
  const newest = await newestRelease(heroku, app, options);
  if (!newest || newest.version <= newestKnown) return;
  throw new DeployError(
    'SUPERSEDED',
    `${app}: somebody released v${newest.version} while this deploy was being prepared from v${newestKnown}. Nothing was released; deploy again if this version should still go live.`,
  );
}

/**
 * Shows a release's output while it runs, and waits for the status that counts, whatever becomes of the output.
 * @throws DeployError RELEASE_FAILED when it ends as anything but succeeded
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
      `release v${release.version} of ${app} ended as "${final.status}": its release phase did not succeed. Mend what its output above tells and deploy again.`,
    );
  } finally {
    await output.end();
  }
}
