import { placeOf } from '../outcome/sentences.ts';
import { type App, shortImageId } from '@tozo/heroku-client';
import type { DeployConfig } from '../config/schema.ts';
import type { Digest } from '../ports.ts';
import type { DeployTarget } from '../report/target.ts';
import type { Services } from '../services.ts';
import { openAttempts } from '../state/attempts.ts';
import { readAccessibleApp } from '../state/check-app.ts';
import { type CurrentState, readCurrentState } from '../state/current-state.ts';
import { imagesByType, imagesOf } from '../state/image-release.ts';
import { readPreboot } from '../state/preboot.ts';
import { readAllRecords } from '../state/records/match-record.ts';
import { openRecords } from '../state/records/open-records.ts';
import type { DeployRecord } from '../state/records/record.ts';
import { failedSinceCurrent, pendingRelease } from '../state/releases.ts';
import { overlapSecondsLeft } from '../steps/verify.ts';
import { findDrift } from './drift.ts';
import { describeHistory, describeRelease } from './history.ts';
import { countProcesses, healthOf, lookNow, verdictNow } from './judge.ts';
import type { AppStatus, StatusDeploy } from './status.ts';

export interface StatusRequest {
  readonly app: string;
  readonly target: DeployTarget;
  readonly environment?: string;
  readonly config: DeployConfig;
  /** What deploy.json's `fromEnv` reads. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Whether to describe all releases. */
  readonly history?: boolean;
}

/**
 * Reads what runs, compares it with deploy.json, and looks once at its health. Changes nothing.
 * @throws DeployError APP_NOT_READY; HerokuError if the app can't be read
 */
export async function readStatus(
  request: StatusRequest,
  { heroku, images }: Services,
  options: { signal?: AbortSignal } = {},
): Promise<AppStatus> {
  const { target, config, environment } = request;
  const records = openRecords({
    app: request.app,
    target: target.kind,
    registry: { publisher: images.publisher, types: Object.keys(config.processes) },
    ...options,
  });
  const app = await readAccessibleApp(heroku, request.app, options);
  const [known, interrupted] = await Promise.all([
    readAllRecords(records),
    openAttempts({ app: request.app, target: target.kind }).interrupted(),
  ]);
  const current = await readCurrentState(heroku, app, {}, { records: known, interrupted, ...options });
  const { runningRecord: record } = current;
  const entry = (release: CurrentState['releases'][number]) => describeRelease(release, current.releases, known);
  const pending = pendingRelease(current.releases);
  const { drift, unknowns } = findDrift(config, request.env, current);
  const common = {
    app: app.name,
    target: target.kind,
    ...(environment ? { environment } : {}),
    ...(app.webUrl && config.processes.web ? { url: app.webUrl } : {}),
    ...(pending ? { pending: entry(pending) } : {}),
    failed: failedSinceCurrent(current.releases).map(entry),
    ...(record ? { deploy: deployOf(record) } : {}),
    ...(request.history ? { history: describeHistory(current.releases, known) } : {}),
  };
  const place = placeOf({ app: app.name, environment });
  const suffix = target.kind === 'sandbox' ? '  (sandbox)' : '';
  const { release } = current;
  if (!release || !current.ranBefore) {
    const text = `${place} RUNS NOTHING: no image was released yet${suffix}`;
    return { ...common, state: 'nothing-deployed', exitCode: 0, text, processes: [], drift: [], unknowns: [] };
  }

  const dynos = await heroku.dynos.list(app.name, options);
  const checked = {
    app: app.name,
    version: release.version,
    url: config.processes.web ? app.webUrl : null,
    maintenance: app.maintenance,
    formation: current.formation,
    config,
    record,
  };
  const { look, expectation, isInMaintenance } = await lookNow(heroku, checked, dynos, options.signal);
  const verdict = verdictNow(look, expectation);
  return {
    ...common,
    state: verdict.state,
    exitCode: verdict.state === 'unhealthy' ? 4 : 0,
    text: `${place} RUNS v${release.version}${verdict.text}${suffix}`,
    release: entry(release),
    health: healthOf(look, expectation, record),
    processes: countProcesses(current.formation, dynos, release.version, imagesNow(current, record)),
    drift: [...(isInMaintenance ? [maintenanceText(app)] : []), ...drift],
    unknowns: [
      ...(record
        ? []
        : [
            `Which commit runs: no record of the deploy of v${release.version} was found on this machine or in the registry.`,
          ]),
      ...(interrupted
        ? [
            'Whether a deploy from this machine that was stopped before it ended is complete. Deploy again to finish it.',
          ]
        : []),
      ...(expectation.marker ? [] : await prebootUnknowns(heroku, app, release.createdAt, options)),
      ...unknowns,
    ],
  };
}

function maintenanceText({ name }: App): string {
  return `${name} is in maintenance mode, so users see Heroku's page and only dynos are checked. Turn it off with: heroku maintenance:off -a ${name}`;
}

function deployOf({ commit, who, pipeline, at, result }: DeployRecord): StatusDeploy {
  return {
    ...(commit ? { commit } : {}),
    ...(who ? { who } : {}),
    ...(pipeline ? { pipeline } : {}),
    at,
    result,
  };
}

/** Returns the short IDs of the images that run, by process type. */
function imagesNow({ releases, release }: CurrentState, record: DeployRecord | undefined): Record<string, string> {
  const images = release && imagesOf(releases, release);
  const named = images?.kind === 'images' ? imagesByType(images.release) : {};
  const recorded = Object.entries(record?.images ?? {}).map(([type, id]: [string, Digest]) => [type, shortImageId(id)]);
  return { ...(Object.fromEntries(recorded) as Record<string, string>), ...named };
}

/** Right after a release with Preboot, the URL may still be the old version's. */
async function prebootUnknowns(
  heroku: Services['heroku'],
  app: App,
  createdAt: string,
  options: { signal?: AbortSignal },
): Promise<readonly string[]> {
  if (overlapSecondsLeft({}, { createdAt }) === 0) return [];
  const { preboot, unknowns } = await readPreboot(heroku, app.name, options);
  return preboot && unknowns.length === 0
    ? ['Which version responded: with Preboot, the one before may respond for 3 minutes after a release.']
    : unknowns;
}
