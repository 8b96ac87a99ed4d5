import { parseReleaseDescription, type Release } from '@tozo/heroku-client';
import { DeployError } from '../errors.ts';
import { imagesOf } from '../state/image-release.ts';

/**
 * Returns the release to go back to: the given one, or else the release that ran before the current one with other images.
 * Rollbacks are followed: after a rollback from v42 to v41, that is what ran before v41, not v42 again.
 * @param releases newest first; the given version is among them
 * @throws DeployError ROLLBACK_IMPOSSIBLE
 */
export function chooseTarget(app: string, releases: readonly Release[], version?: number): Release {
  return version === undefined ? previousVersion(app, releases) : givenVersion(app, releases, version);
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

function previousVersion(app: string, releases: readonly Release[]): Release {
  const current = releases.find((release) => release.current);
  if (!current) throw impossibleError(`${app} has no current release. Deploy first.`);
  const running = imagesOf(releases, current);
  if (running.kind === 'none') throw impossibleError(`${app} runs no image yet, so there's nothing to go back to.`);
  if (running.kind === 'unnamed') {
    throw impossibleError(
      `No release says which image v${current.version} of ${app} runs, so which release ran before with another one isn't known. Name it: tozo rollback vN. ${listReleases}`,
    );
  }
  const found = releases.find((release) => {
    if (release.version >= running.release.version || release.status !== 'succeeded') return false;
    if (release.eligibleForRollback === false || !startsImages(release)) return false;
    const images = imagesOf(releases, release);
    return images.kind === 'images' && images.imageIds.join() !== running.imageIds.join();
  });
  if (!found) {
    throw impossibleError(
      `No release of ${app} before v${running.release.version} ran another image that Heroku still keeps. ${listReleases}`,
    );
  }
  return found;
}

/** Whether a release may have changed the images. One of config vars carries on the images before it. */
function startsImages({ description }: Release): boolean {
  return parseReleaseDescription(description).kind !== 'change';
}

const listReleases = 'tozo status --history lists the releases.';

function impossibleError(message: string): DeployError {
  return new DeployError('ROLLBACK_IMPOSSIBLE', message);
}
