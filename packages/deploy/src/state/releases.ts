import type { HerokuClient, Release } from '@tozo/heroku-client';

/** Reads the newest releases, of any status, newest first. */
export async function readReleases(
  heroku: HerokuClient,
  app: string,
  count: number,
  options: { signal?: AbortSignal },
): Promise<Release[]> {
  const releases: Release[] = [];
  for await (const release of heroku.releases.list(app, { max: count, ...options })) {
    releases.push(release);
    if (releases.length >= count) break;
  }
  return releases;
}

export async function readNewestRelease(
  heroku: HerokuClient,
  app: string,
  options: { signal?: AbortSignal },
): Promise<Release | undefined> {
  return (await readReleases(heroku, app, 1, options))[0];
}
