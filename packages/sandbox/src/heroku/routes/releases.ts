import { type ApiRoute, appOf, bodyOf, type Call, replyWithList, readOptionalString } from '../api/call.ts';
import type { Reply } from '../../http/exchange.ts';
import { createRetry, createRollback } from '../state/changes.ts';
import { invalidParamsError, notFoundError } from '../errors.ts';
import { isEligibleForRollback, newestRelease, type Release } from '../state/model.ts';
import { serializeRelease } from '../api/serialize.ts';

export const releaseRoutes: readonly ApiRoute[] = [
  {
    method: 'GET',
    pattern: '/apps/:app/releases',
    handle: (call) => {
      const { record, held } = appOf(call);
      const releases = record.releases.map((release) => serializeRelease(record, release, call.baseUrl));
      for (const { id } of record.releases) held.countRead(id);
      return replyWithList(call, releases, ['version', 'id']);
    },
  },
  {
    method: 'GET',
    pattern: '/apps/:app/releases/:release',
    handle: (call) => {
      const { record, held } = appOf(call);
      const release = releaseOf(call);
      const body = serializeRelease(record, release, call.baseUrl);
      held.countRead(release.id);
      return { status: 200, body };
    },
  },
  {
    method: 'POST',
    pattern: '/apps/:app/releases',
    handle: async (call) => {
      const app = appOf(call);
      const body = await bodyOf(call);
      const identity = readOptionalString(body, 'release');
      if (identity === undefined) return await retry(call, body);
      const target = findRelease(app.record.releases, identity);
      if (!target) throw notFoundError('release');
      if (!isEligibleForRollback(target)) {
        throw invalidParamsError(
          `Cannot roll back to v${target.version}: it did not succeed, or its images were removed.`,
        );
      }
      const release = await app.release(createRollback(target.version, target.snapshot));
      return { status: 201, body: serializeRelease(app.record, release, call.baseUrl) };
    },
  },
];

/**
 * Releases the newest release's code again, as the CLI's `releases:retry` does: without a slug, which apps on the container
 * stack don't have. Throws the API's 422 if nothing was deployed, or for a slug.
 */
async function retry(call: Call, body: Readonly<Record<string, unknown>>): Promise<Reply> {
  const app = appOf(call);
  const { version, description, snapshot } = newestRelease(app.record);
  if (readOptionalString(body, 'slug') !== undefined || Object.keys(snapshot.images).length === 0) {
    throw invalidParamsError('Apps on the container stack have no slugs: set release to the one to roll back to.');
  }
  const title = readOptionalString(body, 'description') ?? `Retry of v${version}: ${description}`;
  const release = await app.release(createRetry(title, snapshot));
  return { status: 201, body: serializeRelease(app.record, release, call.baseUrl) };
}

/** Returns the release in the request's path, by ID or version. Throws the API's 404. */
export function releaseOf(call: Call): Release {
  const release = findRelease(appOf(call).record.releases, call.parameters['release'] ?? '');
  if (!release) throw notFoundError('release');
  return release;
}

function findRelease(releases: readonly Release[], identity: string): Release | undefined {
  return releases.find((release) => release.id === identity || String(release.version) === identity);
}
