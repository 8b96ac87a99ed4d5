import type { App, HerokuClient, Release, Secret } from '@tozo/heroku-client';
import type { Digest } from '../ports.ts';
import { readReleases } from './releases.ts';
import { type RunningImages, runningImages } from './running-images.ts';

/** What exists before a deploy. */
export interface CurrentState {
  readonly app: { readonly name: string; readonly webUrl: string | null };
  readonly configVars: Readonly<Record<string, Secret>>;
  /** Dynos by process type. */
  readonly formation: Readonly<Record<string, number>>;
  /** The current release. */
  readonly release?: Release;
  /** The highest release version, current or not; 0 without releases. */
  readonly newestVersion: number;
  /** The image that the last deploy published, by process type. */
  readonly registry: Readonly<Record<string, Digest>>;
  readonly running: RunningImages;
}

const releaseCount = 30;

/** Reads the state from Heroku. The registry's part comes in, because the builder needs it earlier. */
export async function readCurrentState(
  heroku: HerokuClient,
  app: App,
  registry: Readonly<Record<string, Digest>>,
  options: { signal?: AbortSignal } = {},
): Promise<CurrentState> {
  const [configVars, formation, releases] = await Promise.all([
    heroku.configVars.get(app.name, options),
    heroku.formation.list(app.name, options),
    readReleases(heroku, app.name, releaseCount, options),
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
