import { callError, HerokuError } from '../errors.ts';
import { appPath, assertReleaseId, releaseIdentity } from '../resources/names.ts';
import { type RequestOptions, startDeadline } from '../resources/request-options.ts';
import { listOf, objectOf } from '../resources/shape.ts';
import type { Api, Exchanged } from '../transport/api.ts';
import type { Clock } from '../transport/clock.ts';
import { type FinishedRelease, waitForRelease, type WaitOptions } from './release-wait.ts';
import { readRelease, type Release } from './release.ts';

export interface ListReleasesOptions extends RequestOptions {
  /** Releases per request, 1 to 1,000; default 10. To read fewer releases, leave the loop. */
  readonly max?: number;
  /** Starts at this version, without newer ones. */
  readonly from?: number;
}

export interface ReleasesResource {
  /** Lists an app's releases, newest first, page by page while the loop continues. */
  list(app: string, options?: ListReleasesOptions): AsyncIterable<Release>;
  /** @param release its ID, or its version as 42 or "v42" */
  get(app: string, release: string | number, options?: RequestOptions): Promise<Release>;
  /**
   * Polls a release until its status is final, regardless of its output. Tolerates transient failures until the deadline.
   * @throws HerokuError TIMEOUT at the deadline, with the last status seen
   */
  waitFor(app: string, version: number, options: WaitOptions): Promise<FinishedRelease>;
  /**
   * Creates a new release with an older one's code and config vars. Never retried; the client's `rollback` also handles a
   * lost response.
   * @param releaseId the ID of the release to roll back to
   */
  rollback(app: string, releaseId: string, options?: RequestOptions): Promise<Release>;
}

export function releasesResource(api: Api, clock: Clock): ReleasesResource {
  return {
    list: (app, options = {}) => listReleases(api, clock, app, options),
    get: async (app, release, options = {}) =>
      api.call(
        { method: 'GET', path: `${appPath(app)}/releases/${releaseIdentity(release)}`, ...options },
        objectOf(readRelease),
      ),
    waitFor: async (app, version, options) => {
      const path = `${appPath(app)}/releases/${releaseIdentity(version)}`;
      const { signal } = options;
      return waitForRelease(
        (deadline) => api.call({ method: 'GET', path, signal, deadline }, objectOf(readRelease)),
        `v${version} of ${app}`,
        { clock, ...options },
      );
    },
    rollback: async (app, releaseId, options = {}) => {
      const path = `${appPath(app)}/releases`;
      assertReleaseId(releaseId);
      return api.call({ method: 'POST', path, body: { release: releaseId }, ...options }, objectOf(readRelease));
    },
  };
}

async function* listReleases(
  api: Api,
  clock: Clock,
  app: string,
  { max = 10, from = Number.POSITIVE_INFINITY, ...given }: ListReleasesOptions,
): AsyncGenerator<Release, void, undefined> {
  const path = `${appPath(app)}/releases`;
  if (!(Number.isInteger(max) && max >= 1 && max <= 1000)) {
    throw callError(`max must be an integer from 1 to 1000, not ${max}.`);
  }
  const options = startDeadline(clock, given);
  let range: string | undefined = `version ..; max=${max}, order=desc`;
  let newest = Number.POSITIVE_INFINITY;
  while (range !== undefined) {
    const page: Exchanged<Release[]> = await api.exchange(
      { method: 'GET', path, range, ...options() },
      listOf(readRelease),
    );
    for (const release of page.value) {
      if (release.version >= newest) throw disorderError(path, release, newest);
      newest = release.version;
      if (release.version <= from) yield release;
    }
    range = page.value.length > 0 ? page.headers['next-range'] : undefined;
  }
}

/** Without this check, a server that repeats a page would be read forever. */
function disorderError(path: string, { version }: Release, newest: number): HerokuError {
  return new HerokuError(
    'PROTOCOL',
    `GET ${path}: PROTOCOL: v${version} came after v${newest}, although the newest was requested first. Check the proxy.`,
  );
}
