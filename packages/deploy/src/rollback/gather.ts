import type { App, HerokuClient, ProcessType, Release } from '@tozo/heroku-client';
import type { Digest, ImagePublisher } from '../ports.ts';
import type { Progress } from '../report/progress.ts';
import type { Services } from '../services.ts';
import { readAccessibleApp } from '../state/check-app.ts';
import { readPreboot } from '../state/preboot.ts';
import { imagesOf } from '../state/image-release.ts';
import { matchRecord, readAllRecords } from '../state/records/match-record.ts';
import type { DeployRecords } from '../state/records/open-records.ts';
import { type DeployRecord, isRecordOf } from '../state/records/record.ts';
import { verifiedReleases } from '../state/records/verified-releases.ts';
import { pendingRelease, readReleases } from '../state/releases.ts';
import { waitForPending } from '../steps/follow-release.ts';
import { chooseTarget } from './choose-target.ts';
import { healthByRecords } from './known-health.ts';
import { knownImages } from './known-images.ts';
import { planRollback, type RollbackPlan, typesToRelease } from './plan.ts';
import type { RollbackRequest } from './request.ts';

/** A plan, and what it was made from: the releases, newest first, and the dyno counts. */
export interface GatheredRollback {
  readonly plan: RollbackPlan;
  readonly releases: readonly Release[];
  readonly formation: readonly ProcessType[];
  /** The records that were found. */
  readonly known: readonly DeployRecord[];
}

/**
 * Reads what a rollback needs to know, and plans it.
 * @throws DeployError ROLLBACK_IMPOSSIBLE, APP_NOT_READY; HerokuError
 */
export async function gatherRollback(
  progress: Progress,
  request: RollbackRequest,
  { heroku, images }: Services,
  records: DeployRecords,
): Promise<GatheredRollback> {
  const { options } = progress;
  const app = await readAccessibleApp(heroku, request.app, options);
  const releases = await settledReleases(progress, heroku, request);
  const [formation, { preboot, unknowns }, known] = await Promise.all([
    heroku.formation.list(app.name, options),
    readPreboot(heroku, app.name, options),
    readAllRecords(records),
  ]);
  for (const text of unknowns) progress.warn(text);
  const { release: target, warnings } = chooseTarget(app.name, releases, {
    version: request.version,
    healthOf: healthByRecords(known, releases),
  });
  for (const text of warnings) progress.warn(text);
  const recordOf = (release: Release | undefined) => release && matchRecord(known, releases, release);
  const record = recordOf(target) ?? (await recordByCommit(records, known, releases, target));
  const url = urlOf(progress, app, formation);
  const plan = planRollback({
    app: app.name,
    ...(request.environment ? { environment: request.environment } : {}),
    ...(url ? { url } : {}),
    releases,
    formation: formation.map(({ type }) => type),
    preboot,
    target,
    records: { target: record, from: recordOf(releases.find(({ current }) => current)) },
    ...(request.keepConfig
      ? {
          images: knownImages(app.name, target.version, {
            record,
            named: typesToRelease(releases, target),
            registry: await readRegistry(images.publisher, request, options),
          }),
        }
      : {}),
  });
  return { plan, releases, formation, known };
}

/** A registry returns the newest record, which names earlier releases by their commits: theirs can be read by these. */
async function recordByCommit(
  records: DeployRecords,
  known: readonly DeployRecord[],
  releases: readonly Release[],
  target: Release,
): Promise<DeployRecord | undefined> {
  const images = imagesOf(releases, target);
  const own = images.kind === 'images' ? [target, images.release] : [target];
  const named = verifiedReleases(known).find((each) => own.some((release) => isRecordOf(each, release)));
  const found = named?.commit === undefined ? undefined : await records.find({ commit: named.commit });
  return found && matchRecord([found], releases, target);
}

/** Waits until no release is pending, then reads the releases, with the requested one among them. */
async function settledReleases(
  progress: Progress,
  heroku: HerokuClient,
  { app, version }: RollbackRequest,
): Promise<Release[]> {
  for (;;) {
    const releases = await readReleases(heroku, app, progress.options);
    const pending = pendingRelease(releases);
    if (!pending) return version === undefined ? releases : await withVersion(heroku, app, releases, version, progress);
    await waitForPending(progress, heroku, app, pending);
  }
}

async function withVersion(
  heroku: HerokuClient,
  app: string,
  releases: Release[],
  version: number,
  { options }: Progress,
): Promise<Release[]> {
  if (releases.some((release) => release.version === version) || version > (releases[0]?.version ?? 0)) return releases;
  return [...releases, await heroku.releases.get(app, version, options)];
}

/** In maintenance mode the URL shows Heroku's page, which says nothing about the app. */
function urlOf(
  progress: Progress,
  { name, webUrl, maintenance }: App,
  formation: readonly { readonly type: string }[],
): string | undefined {
  if (webUrl === null || !formation.some(({ type }) => type === 'web')) return undefined;
  if (!maintenance) return webUrl;
  progress.warn(
    `${name} is in maintenance mode, so only its dynos are checked. Turn it off with: heroku maintenance:off -a ${name}`,
  );
  return undefined;
}

/** Returns the latest image of each type. One that can't be read is left out: a record may know it. */
async function readRegistry(
  publisher: ImagePublisher,
  { app, types }: RollbackRequest,
  options: { signal?: AbortSignal },
): Promise<Readonly<Record<string, Digest>>> {
  const found = await Promise.allSettled(types.map((type) => publisher.readLatest(`${app}/${type}`, options)));
  options.signal?.throwIfAborted();
  return Object.fromEntries(
    types.flatMap((type, index) => {
      const result = found[index]!;
      return result.status === 'fulfilled' && result.value ? [[type, result.value.imageId] as const] : [];
    }),
  );
}
