import { parseReleaseDescription, type Release } from '@tozo/heroku-client';
import { DeployError } from '../errors.ts';
import { type ImageRelease, imagesOf } from '../state/image-release.ts';
import type { KnownHealth } from './known-health.ts';

/** The release to go back to, and what a person must know about the choice. */
export interface ChosenTarget {
  readonly release: Release;
  readonly warnings: readonly string[];
}

export interface TargetOptions {
  /** The release that a person named. */
  readonly version?: number | undefined;
  readonly healthOf: (release: Release) => KnownHealth;
}

/**
 * Returns the release to go back to: the given one, or else the newest verified one of those that ran before the current one
 * with other images. If none was verified, the newest of those that weren't found to be unhealthy either.
 * Rollbacks are followed: after a rollback from v42 to v41, that is what ran before v41, not v42 again.
 * @param releases newest first; the given version is among them
 * @throws DeployError ROLLBACK_IMPOSSIBLE
 */
export function chooseTarget(
  app: string,
  releases: readonly Release[],
  { version, healthOf }: TargetOptions,
): ChosenTarget {
  if (version === undefined) return choosePrevious(app, releases, healthOf);
  const release = givenVersion(app, releases, version);
  return { release, warnings: warningsAbout(release, healthOf(release)) };
}

function givenVersion(app: string, releases: readonly Release[], version: number): Release {
  const found = releases.find((release) => release.version === version);
  if (!found) throw impossibleError(`${app} has no release v${version}. ${listReleases}`);
  if (found.status !== 'succeeded') {
    throw impossibleError(`v${version} of ${app} ${found.status}, so it never ran. ${listReleases}`);
  }
  if (found.eligibleForRollback === false) {
    throw impossibleError(
      `Heroku no longer keeps what v${version} of ${app} needs. ${listReleases} Or deploy its commit again.`,
    );
  }
  if (imagesOf(releases, found).kind === 'none') {
    throw impossibleError(`v${version} of ${app} ran no image. ${listReleases}`);
  }
  return found;
}

function choosePrevious(app: string, releases: readonly Release[], healthOf: TargetOptions['healthOf']): ChosenTarget {
  const running = runningImages(app, releases);
  const candidates = releases.filter((release) => {
    if (release.version >= running.release.version || release.status !== 'succeeded') return false;
    if (release.eligibleForRollback === false || !startsImages(release)) return false;
    const images = imagesOf(releases, release);
    return images.kind === 'images' && images.imageIds.join() !== running.imageIds.join();
  });
  const release =
    candidates.find((each) => healthOf(each) === 'verified') ?? candidates.find((each) => healthOf(each) === 'unknown');
  if (release) {
    const skipped = candidates.slice(0, candidates.indexOf(release));
    return {
      release,
      warnings: [...skippedWarnings(skipped, release, healthOf), ...warningsAbout(release, healthOf(release))],
    };
  }
  const [ill] = candidates;
  throw impossibleError(
    ill
      ? `Each release of ${app} before v${running.release.version} with another image was unhealthy when it was deployed. To go back to one anyway, name it: tozo rollback v${ill.version}. ${listReleases}`
      : `No release of ${app} before v${running.release.version} ran another image that Heroku still keeps. ${listReleases}`,
  );
}

function runningImages(app: string, releases: readonly Release[]): ImageRelease {
  const current = releases.find((release) => release.current);
  if (!current) throw impossibleError(`${app} has no current release. Deploy first.`);
  const running = imagesOf(releases, current);
  if (running.kind === 'none') throw impossibleError(`${app} runs no image yet, so there's nothing to go back to.`);
  if (running.kind === 'unnamed') {
    throw impossibleError(
      `No release says which image v${current.version} of ${app} runs, so which release ran before with another one isn't known. Name it: tozo rollback vN. ${listReleases}`,
    );
  }
  return running;
}

function warningsAbout({ version }: Release, health: KnownHealth): string[] {
  switch (health) {
    case 'verified':
      return [];
    case 'unhealthy':
      return [`v${version} was unhealthy when it was deployed.`];
    case 'unknown':
      return [`Nothing is known of the health of v${version}: no record says that it was verified.`];
  }
}

function skippedWarnings(
  skipped: readonly Release[],
  { version }: Release,
  healthOf: TargetOptions['healthOf'],
): string[] {
  const versionsOf = (health: KnownHealth): string =>
    skipped
      .filter((release) => healthOf(release) === health)
      .map((release) => `v${release.version}`)
      .join(', ');
  const [unhealthy, unknown] = [versionsOf('unhealthy'), versionsOf('unknown')];
  return [
    ...(unhealthy ? [`Not chosen, because unhealthy when deployed: ${unhealthy}.`] : []),
    ...(unknown
      ? [
          `Not chosen, because no record says that it was verified: ${unknown}. v${version} was verified. To go back to another one, name it: tozo rollback vN.`,
        ]
      : []),
  ];
}

/** Whether a release may have changed the images. One of config vars carries on the images before it. */
function startsImages({ description }: Release): boolean {
  return parseReleaseDescription(description).kind !== 'change';
}

const listReleases = 'tozo status --history lists the releases.';

function impossibleError(message: string): DeployError {
  return new DeployError('ROLLBACK_IMPOSSIBLE', message);
}
