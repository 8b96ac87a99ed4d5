import { type ApiRoute, appOf, bodyOf, type Call, listReply, optionalString } from '../api/call.ts';
import { rollbackChange } from '../state/changes.ts';
import { invalidParams, notFound } from '../errors.ts';
import type { Release } from '../state/model.ts';
import { isEligibleForRollback, releaseView } from '../api/views.ts';

export const releaseRoutes: readonly ApiRoute[] = [
  {
    method: 'GET',
    pattern: '/apps/:app/releases',
    handle: (call) => {
      const { record, held } = appOf(call);
      const releases = record.releases.map((release) => releaseView(record, release, call.baseUrl));
      for (const { id } of record.releases) held.read(id);
      return listReply(call, releases, ['version', 'id']);
    },
  },
  {
    method: 'GET',
    pattern: '/apps/:app/releases/:release',
    handle: (call) => {
      const { record, held } = appOf(call);
      const release = releaseOf(call);
      const body = releaseView(record, release, call.baseUrl);
      held.read(release.id);
      return { status: 200, body };
    },
  },
  {
    method: 'POST',
    pattern: '/apps/:app/releases',
    handle: async (call) => {
      const app = appOf(call);
      const body = await bodyOf(call);
      const identity = optionalString(body, 'release');
      if (identity === undefined) {
        throw invalidParams('An app on the container stack has no slugs; give the release to go back to.');
      }
      const target = findRelease(app.record.releases, identity);
      if (!target) throw notFound('release');
      if (!isEligibleForRollback(target)) {
        throw invalidParams(`Cannot roll back to v${target.version}: it did not succeed or has nothing to run.`);
      }
      app.record.configVars = { ...target.snapshot.configVars };
      const release = await app.release(rollbackChange(target.version, target.snapshot));
      return { status: 201, body: releaseView(app.record, release, call.baseUrl) };
    },
  },
];

/** The release that the path names, by id or version. */
export function releaseOf(call: Call): Release {
  const release = findRelease(appOf(call).record.releases, call.parameters['release'] ?? '');
  if (!release) throw notFound('release');
  return release;
}

function findRelease(releases: readonly Release[], identity: string): Release | undefined {
  return releases.find((release) => release.id === identity || String(release.version) === identity);
}
