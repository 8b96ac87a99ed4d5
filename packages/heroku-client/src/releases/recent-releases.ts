import { HerokuError, withHint } from '../errors.ts';
import type { RequestOptions } from '../resources/request-options.ts';
import type { Clock } from '../transport/clock.ts';
import { pollForEffect } from '../transport/settle.ts';
import type { Authorship } from './release-author.ts';
import type { Release } from './release.ts';
import type { ReleasesResource } from './releases.ts';

const maxFound = 100;

/** Reads what a write did from the app's releases. */
export class RecentReleases {
  readonly #releases: ReleasesResource;
  readonly #clock: Clock;
  readonly #app: string;
  readonly #options: () => RequestOptions;

  /** @param options of the next request */
  constructor(releases: ReleasesResource, clock: Clock, app: string, options: () => RequestOptions) {
    this.#releases = releases;
    this.#clock = clock;
    this.#app = app;
    this.#options = options;
  }

  async newest(): Promise<Release | undefined> {
    for await (const release of this.#releases.list(this.#app, { max: 1, ...this.#options() })) return release;
    return undefined;
  }

  /** Returns the releases after a version, newest first. */
  async after(version: number): Promise<Release[]> {
    const found: Release[] = [];
    for await (const release of this.#releases.list(this.#app, this.#options())) {
      if (release.version <= version || found.length >= maxFound) break;
      found.push(release);
    }
    return found;
  }

  /**
   * Reads the result of a write that happened.
   * @param hint for the error if reading fails
   */
  async resultAfter(version: number, hint: string): Promise<Release[]> {
    try {
      return await this.after(version);
    } catch (error) {
      throw error instanceof HerokuError ? withHint(error, hint) : error;
    }
  }

  /** Polls for a release after a version. */
  async poll(polls: number, version: number, matches: (release: Release) => boolean): Promise<Release | undefined> {
    return pollForEffect(this.#clock, polls, `the releases of ${this.#app}`, this.#options, async () =>
      (await this.after(version)).find(matches),
    );
  }
}

/** A write's own release, and those that others created in the meantime, newest first. */
export interface Attribution {
  readonly release: Release | undefined;
  readonly others: readonly Release[];
}

/** Finds our release among the new ones, newest first. One with an unclear description is the second choice. */
export function attribute(found: readonly Release[], author: (release: Release) => Authorship): Attribution {
  const release =
    found.find((candidate) => author(candidate) === 'ours') ??
    found.find((candidate) => author(candidate) === 'unclear');
  return { release, others: found.filter((candidate) => candidate !== release) };
}
