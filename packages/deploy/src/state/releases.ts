import { type HerokuClient, parseReleaseDescription, type Release } from '@tozo/heroku-client';

const pageSize = 30;
const maxReleases = 300;

/**
 * Reads releases of any status, newest first: 30, or more until the current one and an image that ran are among them.
 * @see https://devcenter.heroku.com/articles/platform-api-reference#release
 */
export async function readReleases(
  heroku: HerokuClient,
  app: string,
  options: { signal?: AbortSignal },
): Promise<Release[]> {
  const releases: Release[] = [];
  for await (const release of heroku.releases.list(app, { max: pageSize, ...options })) {
    releases.push(release);
    const isPageEnd = releases.length % pageSize === 0;
    if (
      isPageEnd &&
      ((releases.some(({ current }) => current) && ranImage(releases)) || releases.length >= maxReleases)
    )
      break;
  }
  return releases;
}

/**
 * Returns the newest release if it hasn't ended: it may still go live. Wait for its end, then read the state again.
 * @param releases newest first
 */
export function pendingRelease(releases: readonly Release[]): Release | undefined {
  return releases.find(({ status, version }) => status === 'pending' && version > currentVersion(releases));
}

/** Returns the releases that ended without going live after the current one, newest first. */
export function failedSinceCurrent(releases: readonly Release[]): Release[] {
  const current = currentVersion(releases);
  return releases.filter(({ status, version }) => (status === 'failed' || status === 'expired') && version > current);
}

/** Returns whether a release of an image ever succeeded. Descriptions that can't be read count, as an image may have run. */
export function ranImage(releases: readonly Release[]): boolean {
  return releases.some(({ status, description }) => {
    if (status !== 'succeeded') return false;
    return parseReleaseDescription(description).kind !== 'change';
  });
}

function currentVersion(releases: readonly Release[]): number {
  return releases.find((release) => release.current)?.version ?? 0;
}

/** Returns whether images other than the newest ones were released and ran. */
export function hasEarlierImages(releases: readonly Release[]): boolean {
  const deploys = releases.filter(
    ({ status, description }) => status === 'succeeded' && parseReleaseDescription(description).kind === 'deploy',
  );
  return new Set(deploys.map(({ description }) => description)).size > 1;
}
