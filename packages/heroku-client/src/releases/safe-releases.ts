import { callError, HerokuError, withHint } from '../errors.ts';
import { assertUpdates, type FormationResource, type FormationUpdate } from '../resources/formation.ts';
import type { RequestOptions } from '../resources/request-options.ts';
import type { Clock } from '../transport/clock.ts';
import { pause } from '../transport/retries.ts';
import { type Authorship, madeByImages, madeByRollback } from './release-author.ts';
import type { Release } from './release.ts';
import type { ReleasesResource } from './releases.ts';
import { settle } from './settle.ts';

/** The result of releasing images. */
export type ReleaseOutcome =
  | {
      readonly outcome: 'released';
      readonly release: Release;
      /** Releases that someone else created in the meantime, newest first. */
      readonly others: readonly Release[];
    }
  | {
      /** These images were running already; Heroku created no release. */
      readonly outcome: 'unchanged';
      readonly others: readonly Release[];
    }
  | {
      /** A release is newer than `newestKnown`; nothing was sent. */
      readonly outcome: 'superseded';
      readonly others: readonly [Release, ...Release[]];
    };

export interface ReleaseImagesOptions extends RequestOptions {
  /**
   * The version of the newest release that the caller knows. Images are released only if none is newer. Heroku has no
   * conditional write, so a release created in the same moment goes unnoticed.
   */
  readonly newestKnown?: number;
}

export interface RollbackOutcome {
  /** The new release, which runs what the older one ran. */
  readonly release: Release;
  /** Releases that someone else created in the meantime, newest first. */
  readonly others: readonly Release[];
}

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
   * Rolls back code and config vars to an older release. After a lost response, the releases are polled while Heroku may
   * still create one, and the request is sent once more, only if there's no rollback.
   * @param releaseId the ID of the release to roll back to
   */
  rollback(app: string, releaseId: string, options?: RequestOptions): Promise<RollbackOutcome>;
}

/** Milliseconds between polls for a release, after a lost response. */
const pollInterval = 2_000;
const pollsForImages = 2;
/** Heroku's router ends a request after 30 s: a rollback that doesn't exist by then doesn't come. */
const pollsForRollback = 16;
const maxOthers = 100;

export function safeReleases(formation: FormationResource, releases: ReleasesResource, clock: Clock): SafeReleases {
  return {
    async releaseImages(app, updates, { newestKnown = Number.POSITIVE_INFINITY, ...options } = {}) {
      assertUpdates(updates);
      const images = updates.map(({ dockerImage }) => dockerImage).filter((image) => image !== undefined);
      if (images.length === 0) throw callError('releaseImages needs an image. Without images, use formation.update.');
      const author = madeByImages(images);
      const newest = await newestRelease(app, options);
      if (newest && newest.version > newestKnown) return { outcome: 'superseded', others: [newest] };
      const before = newest?.version ?? 0;
      await settle<true>({
        name: `the release of ${app}`,
        send: async () => {
          await formation.update(app, updates, options);
          return true;
        },
        findEffect: async () => {
          const found = await findRelease(
            app,
            before,
            pollsForImages,
            options,
            (release) => author(release) === 'ours',
          );
          return found && true;
        },
      });
      const found = await withHintOnError('The images were accepted: check the releases to see the result.', () =>
        releasesAfter(app, before, options),
      );
      return imageOutcome(found, author);
    },

    async rollback(app, releaseId, options = {}) {
      const target = await releases.get(app, releaseId, options);
      const author = madeByRollback(target.version);
      const before = (await newestRelease(app, options))?.version ?? 0;
      const release = await settle<Release>({
        name: `the rollback of ${app}`,
        send: () => releases.rollback(app, target.id, options),
        findEffect: () =>
          findRelease(app, before, pollsForRollback, options, (candidate) => author(candidate) !== 'foreign'),
      });
      const found = await withHintOnError(`The rollback was created: v${release.version}.`, () =>
        releasesAfter(app, before, options),
      );
      return { release, others: found.filter(({ version }) => version !== release.version) };
    },
  };

  async function newestRelease(app: string, options: RequestOptions): Promise<Release | undefined> {
    for await (const release of releases.list(app, { max: 1, ...options })) return release;
    return undefined;
  }

  async function releasesAfter(app: string, version: number, options: RequestOptions): Promise<Release[]> {
    const found: Release[] = [];
    for await (const release of releases.list(app, options)) {
      if (release.version <= version || found.length >= maxOthers) break;
      found.push(release);
    }
    return found;
  }

  async function findRelease(
    app: string,
    before: number,
    polls: number,
    options: RequestOptions,
    matches: (release: Release) => boolean,
  ): Promise<Release | undefined> {
    for (let poll = 1; poll <= polls; poll += 1) {
      await pause(clock, pollInterval, { method: 'GET', url: `the releases of ${app}`, ...options });
      const found = (await releasesAfter(app, before, options)).find(matches);
      if (found) return found;
    }
    return undefined;
  }
}

/** Adds what was done to an error of reading its result. */
async function withHintOnError<T>(hint: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    throw error instanceof HerokuError ? withHint(error, hint) : error;
  }
}

/** Finds the release of our images among the new ones, newest first. One with an unclear description is the second choice. */
function imageOutcome(found: readonly Release[], author: (release: Release) => Authorship): ReleaseOutcome {
  const release =
    found.find((candidate) => author(candidate) === 'ours') ??
    found.find((candidate) => author(candidate) === 'unclear');
  const others = found.filter((candidate) => candidate !== release);
  return release ? { outcome: 'released', release, others } : { outcome: 'unchanged', others };
}
