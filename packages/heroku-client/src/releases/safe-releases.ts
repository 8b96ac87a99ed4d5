import type { FormationUpdate } from '../resources/formation-update.ts';
import type { RequestOptions } from '../resources/request-options.ts';
import type { Secret } from '../secret.ts';
import type { Release } from './release.ts';

/** Writes that create releases, each carried out once as far as can be known. */
export interface SafeReleases {
  /**
   * Releases images by process type, in one formation update; then reads the app's releases to see the result. After a lost
   * response, the update is sent once more, only if there's no release of these images. Sending the same images twice
   * creates one release.
   */
  releaseImages(
    app: string,
    updates: readonly FormationUpdate[],
    options?: ReleaseImagesOptions,
  ): Promise<ReleaseOutcome>;
  /**
   * Sets config vars, removes those that are null, and leaves the others unchanged, in one request; then reads the app's
   * releases to see the result. Without changes nothing is sent. After a lost response, the request is sent once more, only
   * if neither a release nor the config vars show the change.
   */
  setConfigVars(
    app: string,
    changes: Readonly<Record<string, Secret | null>>,
    options?: NewestKnownOptions,
  ): Promise<ConfigVarsOutcome>;
  /**
   * Rolls back code and config vars to an older release. After a lost response, the releases are polled while Heroku may
   * still create one, and the request is sent once more, only if there's no rollback.
   * @param releaseId the ID of the release to roll back to
   */
  rollback(app: string, releaseId: string, options?: NewestKnownOptions): Promise<RollbackOutcome>;
}

export interface NewestKnownOptions extends RequestOptions {
  /**
   * The version of the newest release that the caller knows. The change is sent only if none is newer. Heroku has no
   * conditional write, so a release created in the same moment goes unnoticed until the result's `others`.
   */
  readonly newestKnown?: number;
}

export type ReleaseImagesOptions = NewestKnownOptions;

/** There is a release of our own. */
export interface Released {
  readonly outcome: 'released';
  /** It may still be pending. */
  readonly release: Release;
  /** Releases that someone else created in the meantime, newest first. */
  readonly others: readonly Release[];
}

/** A release is newer than `newestKnown`; nothing was sent. */
export interface Superseded {
  readonly outcome: 'superseded';
  readonly others: readonly [Release, ...Release[]];
}

/** The result of releasing images. */
export type ReleaseOutcome =
  | Released
  | {
      /** Heroku accepted the update and created no release: these images are running already, or their release failed. */
      readonly outcome: 'unchanged';
      /** What Heroku said about it, redacted: `The process type web was not updated, because …`. */
      readonly warning?: string;
      readonly others: readonly Release[];
    }
  | Superseded;

/** The result of setting config vars. */
export type ConfigVarsOutcome =
  | Released
  | {
      /** The config vars have these values already; Heroku created no release. */
      readonly outcome: 'unchanged';
      readonly others: readonly Release[];
    }
  | Superseded;

/** The result of a rollback. The new release runs what the older one ran. */
export type RollbackOutcome = Released | Superseded;
