import { type App, type HerokuClient, type Release, type Secret } from '@tozo/heroku-client';
import type { Digest } from '../ports.ts';
import type { Attempt } from './attempts.ts';
import { configVarsNotInEffect } from './failed-config-vars.ts';
import { type Removal, type RunningIds, runningIdsOf } from './image-release.ts';
import { matchRecord, removalsIn } from './records/match-record.ts';
import { type DeployRecord, isSuccess } from './records/record.ts';
import { ranImage, readReleases } from './releases.ts';
import { type RunningImages, runningImages } from './running-images.ts';

/** What exists before a deploy. */
export interface CurrentState {
  readonly app: { readonly id: string; readonly name: string; readonly webUrl: string | null };
  readonly configVars: Readonly<Record<string, Secret>>;
  /** Config vars that a failed release changed: the values above aren't those of what runs. */
  readonly configVarsNotInEffect: readonly string[];
  /** Dynos by process type. */
  readonly formation: Readonly<Record<string, number>>;
  /** Newest first, of any status: the current one is among them. */
  readonly releases: readonly Release[];
  /** The current release. */
  readonly release?: Release;
  /** The highest release version, current or not; 0 without releases. */
  readonly newestVersion: number;
  /** Whether a release of an image ever succeeded. */
  readonly ranBefore: boolean;
  /** The image that the last deploy published, by process type. */
  readonly registry: Readonly<Record<string, Digest>>;
  /** The digests of the layers of these images. */
  readonly storedLayers?: ReadonlySet<Digest>;
  readonly running: RunningImages;
  /** The same by short IDs, which are also known of images that the registry has no longer. */
  readonly runningIds?: RunningIds;
  /** Whether Preboot is on, or may be on. Read only when something is released. */
  readonly preboot: boolean;
  /** Records of deploys, as far as they were found, newest first. */
  readonly records: readonly DeployRecord[];
  /** What the last successful deploy released. */
  readonly record?: DeployRecord;
  /** The record of what runs: another one after a rollback. */
  readonly runningRecord?: DeployRecord;
  /** Process types that deploys have removed, as far as records were found. */
  readonly removals: readonly Removal[];
  /** A deploy of this machine that was killed. */
  readonly interrupted?: Attempt;
  /** What couldn't be read, each as a sentence. */
  readonly unknowns: readonly string[];
}

export interface CurrentStateOptions {
  /** Those that were found, newest first. */
  readonly records?: readonly DeployRecord[];
  readonly interrupted?: Attempt | undefined;
  /** The digests of layers that the app's repositories have. */
  readonly storedLayers?: ReadonlySet<Digest>;
  /** What couldn't be read before, each as a sentence. */
  readonly unknowns?: readonly string[];
  readonly signal?: AbortSignal;
}

/** Reads the state from Heroku. The registry's part comes in, because the builder needs it earlier. */
export async function readCurrentState(
  heroku: HerokuClient,
  app: App,
  registry: Readonly<Record<string, Digest>>,
  { records = [], interrupted, storedLayers, unknowns = [], ...options }: CurrentStateOptions = {},
): Promise<CurrentState> {
  const [configVars, formation, releases] = await Promise.all([
    heroku.configVars.get(app.name, options),
    heroku.formation.list(app.name, options),
    readReleases(heroku, app.name, options),
  ]);
  const release = releases.find((candidate) => candidate.current);
  const record = records.find(isSuccess);
  const runningRecord = release && matchRecord(records, releases, release);
  const removals = removalsIn(records);
  const runningIds = release && runningIdsOf(releases, release, removals);
  return {
    app: { id: app.id, name: app.name, webUrl: app.webUrl },
    configVars,
    configVarsNotInEffect: configVarsNotInEffect(releases),
    formation: Object.fromEntries(formation.map(({ type, quantity }) => [type, quantity])),
    releases,
    ...(release ? { release } : {}),
    newestVersion: releases[0]?.version ?? 0,
    ranBefore: ranImage(releases),
    registry,
    ...(storedLayers ? { storedLayers } : {}),
    running: runningImages(releases, { registry, formation, record: runningRecord ?? record }),
    ...(runningIds ? { runningIds } : {}),
    preboot: false,
    records,
    ...(record ? { record } : {}),
    ...(runningRecord ? { runningRecord } : {}),
    removals,
    ...(interrupted ? { interrupted } : {}),
    unknowns,
  };
}
