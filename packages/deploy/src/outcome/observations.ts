import type { Release } from '@tozo/heroku-client';
import type { DeployPlan } from '../plan/plan.ts';
import type { PublishedImages } from '../ports.ts';
import type { StepName } from './step-name.ts';

/**
 * What a deploy has observed so far. Everything here was seen on Heroku, in the registry or in the app's own responses;
 * nothing is here because it was requested.
 */
export interface Observations {
  /** What existed before this deploy changed anything. */
  readonly before: Before;
  /** Absent until the images are in the registry. */
  readonly pushed?: PublishedImages;
  /** This deploy's release of config vars; `none` if Heroku needed none. */
  readonly config?: Release | 'none';
  /** This deploy's release of the images; `none` if Heroku accepted them without a release. */
  readonly image?: Release | 'none';
  readonly removal?: Removal;
  readonly rollback?: RollbackObservation;
  /** Releases of others since `before`, of any status, newest first. */
  readonly others: readonly Release[];
  /** The release that runs, as last read. */
  readonly current?: Release;
  /** The last verdict, and the release it is about. */
  readonly health?: Health & { readonly version: number };
  /** What the last look at the app showed, while it isn't healthy. */
  readonly lastLook?: string;
  /** Heroku's own IDs of the images that run, by process type, where its API shows them. */
  readonly imageResources?: Readonly<Record<string, string>>;
  /** Declared config vars whose values have changed since this deploy set them. */
  readonly changedConfigVars?: readonly string[];
  /** Why the deploy stops here. */
  readonly stopped?: Stopped;
}

/** What a report is made of: that of a deploy, or of a rollback that a person asked for. */
export type ReportedObservations = Omit<Observations, 'before' | 'rollback'> & { readonly rollback?: RollbackResult };

export interface Before {
  /** The newest release, current or not, successful or not. */
  readonly newest?: Release;
  /** The release that ran. */
  readonly current?: Release;
  /** Whether other images than the current ones were released before. */
  readonly hasEarlierImages?: boolean;
}

export type Health =
  | {
      readonly kind: 'healthy';
      /** Dynos by process type. */
      readonly dynos: Readonly<Record<string, number>>;
      /** Whether the app's URL responded. False without a web process or a URL. */
      readonly responded: boolean;
      /** Whether the app itself reported the new version. */
      readonly versionProven: boolean;
    }
  | { readonly kind: 'unhealthy'; readonly reason: string }
  /** No dyno should run. */
  | { readonly kind: 'nothing-to-check' }
  /** The dynos run a newer release than the expected one. */
  | { readonly kind: 'replaced'; readonly by: number };

export type RollbackCause =
  /** The new version is unhealthy. */
  | { readonly kind: 'unhealthy'; readonly reason: string }
  /** The new images were not released, after the config vars were. */
  | { readonly kind: 'not-released'; readonly code: string; readonly reason: string };

export interface RollbackObservation extends RollbackResult {
  readonly cause: RollbackCause;
}

/** What was observed of the removal of process types. */
export interface Removal {
  /** Those that Heroku created for it, oldest first. */
  readonly releases: readonly Release[];
  /** The types that are gone. */
  readonly removed: readonly string[];
  /** Why the others aren't. */
  readonly problem?: string;
  /** The newest release when the last request was sent, until its own release is found. */
  readonly requestedAfter?: number;
}

/** What was observed of going back to an earlier release. */
export interface RollbackResult {
  readonly target: { readonly id: string; readonly version: number };
  /** `rollback`: Heroku's own; `images`: the previous images released again. */
  readonly way: 'rollback' | 'images';
  readonly release?: Release;
  /** Why there's no release, or why its end wasn't seen. */
  readonly problem?: string;
  /** Whether Heroku refused the request, so that it certainly did nothing. */
  readonly refused?: boolean;
  readonly health?: Health;
}

export interface Stopped {
  readonly kind: 'cancelled' | 'failed';
  /** The step that didn't end; absent between two steps. */
  readonly during?: StepName;
  /** A code of this package or of its libraries. */
  readonly code: string;
  readonly message: string;
  /** Whether the releases were read after that. Without it, nobody knows what a request in progress has done. */
  readonly looked: boolean;
}

/** Whether a release runs, will run, or may run. A release that failed never does. */
export function mayRun({ status }: Release): boolean {
  return status !== 'failed' && status !== 'expired';
}

export function isPending(release: Release): boolean {
  return mayRun(release) && release.status !== 'succeeded';
}

/** Returns the release that a request created, if it created one. */
export function createdRelease(made: Release | 'none' | undefined): Release | undefined {
  return made === 'none' ? undefined : made;
}

/** What was observed of this deploy's own releases. */
export type OwnObservations = Pick<ReportedObservations, 'config' | 'image' | 'removal' | 'rollback'>;

/** Returns this deploy's releases, oldest first. */
export function ownReleases({ config, image, removal, rollback }: OwnObservations): Release[] {
  return [createdRelease(config), createdRelease(image), ...(removal?.releases ?? []), rollback?.release].filter(
    (release) => release !== undefined,
  );
}

/** Returns releases of others that run, will run or may run, newest first. */
export function rivalReleases({ others }: Pick<Observations, 'others'>): Release[] {
  return others.filter(mayRun);
}

/** Returns the version that runs, 0 if none does. */
export function versionOf({ current }: Pick<Observations, 'current'>): number {
  return current?.version ?? 0;
}

/** Returns the verdict on the release that runs now; undefined before it was checked. */
export function verdictOf({ health, ...seen }: Pick<Observations, 'health' | 'current'>): Health | undefined {
  return health && health.version === versionOf(seen) ? health : undefined;
}

/** Returns the process types that this deploy removes and hasn't seen gone. */
export function unremovedTypes({ removals }: Pick<DeployPlan, 'removals'>, { removal }: Observations): string[] {
  return removals.filter((type) => !removal?.removed.includes(type));
}
