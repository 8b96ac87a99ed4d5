import type { App, HerokuClient, Release, Secret } from '@tozo/heroku-client';
import type { Digest } from '@tozo/registry-pusher';
import { type RunningImages, runningImages } from './running-images.ts';

/** What there is before a deploy. */
export interface CurrentState {
  readonly app: { readonly name: string; readonly webUrl: string | null };
  readonly configVars: Readonly<Record<string, Secret>>;
  /** Dynos by process type. */
  readonly formation: Readonly<Record<string, number>>;
  readonly release?: Release;
  /** The highest release version there is, current or not; 0 when there is none. */
  readonly newestVersion: number;
  /** The image under the tag `latest`, by process type. */
  readonly registry: Readonly<Record<string, Digest>>;
  readonly running: RunningImages;
}

const releasesLookedAt = 30;

/** Reads what runs now; the registry's part was read before, since the builder needs it first. */
export async function readCurrentState(
  heroku: HerokuClient,
  app: App,
  registry: Readonly<Record<string, Digest>>,
  options: { signal?: AbortSignal } = {},
): Promise<CurrentState> {
  const [configVars, formation, releases] = await Promise.all([
    heroku.configVars.get(app.name, options),
    heroku.formation.list(app.name, options),
    recentReleases(heroku, app.name, options),
  ]);
  const release = releases.find((candidate) => candidate.current);
  return {
    app: { name: app.name, webUrl: app.webUrl },
    configVars,
    formation: Object.fromEntries(formation.map(({ type, quantity }) => [type, quantity])),
    ...(release ? { release } : {}),
    newestVersion: releases[0]?.version ?? 0,
    registry,
    running: runningImages(releases, registry),
  };
}

/** The newest release, whatever its status. */
export async function newestRelease(
  heroku: HerokuClient,
  app: string,
  options: { signal?: AbortSignal } = {},
): Promise<Release | undefined> {
  return (await recentReleases(heroku, app, options, 1))[0];
}

/** Newest first. */
async function recentReleases(
  heroku: HerokuClient,
  app: string,
  options: { signal?: AbortSignal },
  most = releasesLookedAt,
): Promise<Release[]> {
  const releases: Release[] = [];
  for await (const release of heroku.releases.list(app, { max: most, ...options })) {
    releases.push(release);
    if (releases.length >= most) break;
  }
  return releases;
}
