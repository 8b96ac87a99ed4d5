import type { Clock } from './clock.ts';
import { callError, HerokuError, withHint } from './errors.ts';
import { type Authorship, madeByImages, madeByRollback } from './release-author.ts';
import { checkUpdates, type FormationResource, type FormationUpdate } from './resources/formation.ts';
import type { Release } from './resources/release.ts';
import type { ReleasesResource } from './resources/releases.ts';
import type { RequestOptions } from './resources/request-options.ts';
import { settle } from './settle.ts';
import { pause } from './transport/retrying.ts';

/** What came of releasing images. */
export type ReleaseOutcome =
  | {
      readonly outcome: 'released';
      readonly release: Release;
      /** Releases that someone else made meanwhile, newest first. */
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
  /** Releases that someone else made meanwhile, newest first. */
  readonly others: readonly Release[];
}

export interface SafeReleases {
  /**
   * Releases images by process type: one formation update, after which the app's releases tell what came of it. When the
   * answer is lost, the releases are read and the update is sent again only if it left none; sending the same images twice
   * makes one release.
   */
  releaseImages(
    app: string,
    updates: readonly FormationUpdate[],
    options?: ReleaseImagesOptions,
  ): Promise<ReleaseOutcome>;
  /**
   * Rolls back to an older release, code and config vars. When the answer is lost, the releases are read, for as long as
   * Heroku may still be at it, and the request is sent again only if they hold no rollback.
   * @param releaseId the id of the release to go back to
   */
  rollback(app: string, releaseId: string, options?: RequestOptions): Promise<RollbackOutcome>;
}

/** Milliseconds between looks for a release that a lost answer may have left. */
const lookInterval = 2_000;
const looksForImages = 2;
/** Heroku's router gives up on a request after 30 s: a rollback not seen until then was not made. */
const looksForRollback = 16;
const mostOthers = 100;

export function safeReleases(formation: FormationResource, releases: ReleasesResource, clock: Clock): SafeReleases {
  return {
    async releaseImages(app, updates, { newestKnown = Number.POSITIVE_INFINITY, ...options } = {}) {
      checkUpdates(updates);
      const images = updates.map(({ dockerImage }) => dockerImage).filter((image) => image !== undefined);
      if (images.length === 0) throw callError('releaseImages needs an image; formation.update takes the rest.');
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
        trace: async () => {
          const found = await lookFor(app, before, looksForImages, options, (release) => author(release) === 'ours');
          return found && true;
        },
      });
      const found = await hinting('The images were accepted; read the releases to see which one came of it.', () =>
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
        trace: () => lookFor(app, before, looksForRollback, options, (candidate) => author(candidate) !== 'foreign'),
      });
      const found = await hinting(`The rollback was made: v${release.version}.`, () =>
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
      if (release.version <= version || found.length >= mostOthers) break;
      found.push(release);
    }
    return found;
  }

  async function lookFor(
    app: string,
    before: number,
    looks: number,
    options: RequestOptions,
    matches: (release: Release) => boolean,
  ): Promise<Release | undefined> {
    for (let look = 1; look <= looks; look += 1) {
      await pause(clock, lookInterval, { method: 'GET', url: `the releases of ${app}`, ...options });
      const found = (await releasesAfter(app, before, options)).find(matches);
      if (found) return found;
    }
    return undefined;
  }
}

/** What was done stays done when only reading about it fails. */
async function hinting<T>(hint: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    throw error instanceof HerokuError ? withHint(error, hint) : error;
  }
}

/** Which of the new releases, newest first, is the one of our images; a description that tells nothing counts as ours last. */
function imageOutcome(found: readonly Release[], author: (release: Release) => Authorship): ReleaseOutcome {
  const release =
    found.find((candidate) => author(candidate) === 'ours') ??
    found.find((candidate) => author(candidate) === 'unclear');
  const others = found.filter((candidate) => candidate !== release);
  return release ? { outcome: 'released', release, others } : { outcome: 'unchanged', others };
}
