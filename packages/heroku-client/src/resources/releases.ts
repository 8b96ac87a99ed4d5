import type { Clock } from '../clock.ts';
import { callError, HerokuError } from '../errors.ts';
import { listOf, objectOf } from '../shape.ts';
import type { Api } from '../transport/api.ts';
import { appPath, checkReleaseId, releaseIdentity } from './names.ts';
import { readRelease, type Release } from './release.ts';
import { type FinishedRelease, waitForRelease, type WaitOptions } from './release-wait.ts';
import type { RequestOptions } from './request-options.ts';

export interface ListReleasesOptions extends RequestOptions {
  /** Releases per request, 1 to 1,000; default 10. How many are read is up to the caller, who leaves the loop. */
  readonly max?: number;
  /** Begins with this version, leaving out newer ones. */
  readonly from?: number;
}

export interface ReleasesResource {
  /** Releases of an app, newest first, page after page for as long as the loop goes on. */
  list(app: string, options?: ListReleasesOptions): AsyncIterable<Release>;
  /** @param release its id, or its version as 42 or "v42" */
  get(app: string, release: string | number, options?: RequestOptions): Promise<Release>;
  /**
   * Polls a release until its status is final, whatever its output stream did. Failures to reach Heroku meanwhile are
   * borne until the deadline.
   * @throws HerokuError TIMEOUT at the deadline, with the status seen last
   */
  waitFor(app: string, version: number, options: WaitOptions): Promise<FinishedRelease>;
  /**
   * Makes a new release of an older one's code and config vars, in one request that is sent once. `rollback` of the client
   * also settles what a lost answer leaves open.
   * @param releaseId the id of the release to go back to
   */
  rollback(app: string, releaseId: string, options?: RequestOptions): Promise<Release>;
}

export function releasesResource(api: Api, clock: Clock): ReleasesResource {
  return {
    list: (app, options = {}) => listReleases(api, app, options),
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
      checkReleaseId(releaseId);
      return api.call({ method: 'POST', path, body: { release: releaseId }, ...options }, objectOf(readRelease));
    },
  };
}

async function* listReleases(
  api: Api,
  app: string,
  { max = 10, from = Number.POSITIVE_INFINITY, signal }: ListReleasesOptions,
): AsyncGenerator<Release, void, undefined> {
  const path = `${appPath(app)}/releases`;
  if (!(Number.isInteger(max) && max >= 1 && max <= 1000)) {
    throw callError(`max must be a whole number of releases from 1 to 1000, not ${max}.`);
  }
  let range: string | undefined = `version ..; max=${max}, order=desc`;
  let newest = Number.POSITIVE_INFINITY;
  while (range !== undefined) {
    const page: { value: Release[]; nextRange?: string } = await api.page(
      { method: 'GET', path, range, signal },
      listOf(readRelease),
    );
    for (const release of page.value) {
      if (release.version >= newest) throw disordered(path, release, newest);
      newest = release.version;
      if (release.version <= from) yield release;
    }
    range = page.value.length > 0 ? page.nextRange : undefined;
  }
}

/** Without this, a server that repeats a page would be read for ever. */
function disordered(path: string, { version }: Release, newest: number): HerokuError {
  return new HerokuError(
    'PROTOCOL',
    `GET ${path}: PROTOCOL: v${version} came after v${newest}, though the newest were asked for first.`,
  );
}
