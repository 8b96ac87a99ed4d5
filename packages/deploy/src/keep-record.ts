import type { Release } from '@tozo/heroku-client';
import { createdRelease, mayRun, type Observations, unremovedTypes, verdictOf } from './outcome/observations.ts';
import { judgedRelease } from './outcome/undo.ts';
import { canonicalJson } from './plan/canonical-json.ts';
import type { DeployPlan } from './plan/plan.ts';
import type { Digest } from './ports.ts';
import type { DeployReport } from './report/report.ts';
import type { DeployRequest } from './request.ts';
import type { CurrentState } from './state/current-state.ts';
import { type DeployRecord, isSuccess } from './state/records/record.ts';
import { earlierOf } from './state/records/verified-releases.ts';
import type { Deployment } from './steps/deployment.ts';

/** Stores what this deploy released and how that ended, for the next deploy, `tozo status` and `tozo promote`. */
export async function keepRecord(deployment: Deployment, report: DeployReport): Promise<void> {
  const record = recordOf(deployment, report);
  if (!record || (isKnown(deployment.current.record, record) && !isAwaited(deployment.run.request))) return;
  const problem = await deployment.records.write(record);
  if (problem !== undefined) deployment.run.warn(`The record of this deploy couldn't be stored: ${problem}`);
}

function recordOf(deployment: Deployment, report: DeployReport): DeployRecord | undefined {
  const { run, plan, images } = deployment;
  const { seen, request } = run;
  const { config, environment, revision, uncommitted, origin } = request;
  const result = resultOf(report, seen);
  const release = result && releaseOf(deployment, result);
  if (!release) return undefined;
  const { health, marker } = plan.verify;
  const imagesFrom = originOf(plan);
  const imageIds = Object.fromEntries(Object.entries(images).map(([type, { imageId }]) => [type, imageId]));
  return {
    version: 1,
    app: plan.app,
    ...(environment ? { environment } : {}),
    ...(revision && !uncommitted ? { commit: revision } : {}),
    release: release.version,
    releaseId: release.id,
    images: { ...imagesLeft(deployment), ...imageIds },
    manifests: manifestsOf(deployment),
    ...imageResourcesOf(deployment),
    ...(imagesFrom ? { imagesFrom } : {}),
    ...removedTypes(deployment),
    processes: Object.fromEntries(
      Object.entries(config.processes).map(([type, process]) => {
        const dynos = process && 'dynos' in process ? process.dynos : undefined;
        return [type, dynos === undefined ? {} : { dynos }];
      }),
    ),
    health,
    ...(marker ? { versionHeader: marker.header, marker: marker.value } : {}),
    configVarNames: Object.keys(config.configVars),
    builder: plan.build.builder,
    result,
    ...earlierOf(recordsOf(deployment.current), release.version),
    ...origin,
    at: new Date().toISOString(),
  };
}

/**
 * Returns the release that a record is about. One of a failure is about the release that failed or was unhealthy, never about
 * what runs instead of it. Undefined if nothing was seen to fail.
 */
function releaseOf({ plan, run: { seen } }: Deployment, result: DeployRecord['result']): Release | undefined {
  const image = createdRelease(seen.image);
  if (isSuccess({ result })) return seen.current ?? image;
  if (image && !mayRun(image)) return image;
  const isUnhealthy = (seen.rollback?.cause ?? verdictOf(seen))?.kind === 'unhealthy';
  return isUnhealthy ? judgedRelease(plan, seen) : undefined;
}

function recordsOf({ record, runningRecord }: CurrentState): DeployRecord[] {
  return [record, runningRecord].filter((each) => each !== undefined);
}

function manifestsOf({ run, plan, manifests }: Deployment): Record<string, Digest> {
  return Object.fromEntries(
    plan.images.flatMap(({ type, repository, pushed }) => {
      const manifest = pushed ? manifests[type] : run.seen.pushed?.manifests[repository];
      return manifest ? [[type, manifest] as const] : [];
    }),
  );
}

/** A deploy that changed nothing hasn't read them again. */
function imageResourcesOf({ run, current }: Deployment): Pick<DeployRecord, 'imageResources'> {
  const imageResources = run.seen.imageResources ?? current.runningRecord?.imageResources ?? {};
  return Object.keys(imageResources).length > 0 ? { imageResources } : {};
}

function originOf({ build: { imagesFrom } }: DeployPlan): DeployRecord['imagesFrom'] {
  if (!imagesFrom) return undefined;
  const { app, environment, release } = imagesFrom;
  return { app, ...(environment ? { environment } : {}), release };
}

/** Release descriptions still name them. */
function removedTypes({ run, images, current }: Deployment): Pick<DeployRecord, 'removed'> {
  const all = new Set([
    ...((current.runningRecord ?? current.record)?.removed ?? []),
    ...(run.seen.removal?.removed ?? []),
  ]);
  const removed = [...all].filter((type) => !Object.hasOwn(images, type)).sort();
  return removed.length > 0 ? { removed } : {};
}

/** Process types that couldn't be removed stay ours: the next deploy tries again. */
function imagesLeft({ run, plan, current: { record } }: Deployment): DeployRecord['images'] {
  const left = unremovedTypes(plan, run.seen);
  return Object.fromEntries(
    left.flatMap((type) => (record?.images[type] ? [[type, record.images[type]] as const] : [])),
  );
}

function resultOf({ outcome }: DeployReport, seen: Observations): DeployRecord['result'] | undefined {
  switch (outcome) {
    case 'deployed':
    case 'unchanged': {
      const verdict = verdictOf(seen);
      return verdict?.kind === 'healthy' && verdict.responded ? 'verified' : 'released';
    }
    case 'rolled-back':
      return 'rolled-back';
    case 'failed':
    case 'broken':
      return 'failed';
    case 'planned':
    case 'superseded':
    case 'cancelled':
    case 'outdated':
      return undefined;
  }
}

/** Whether another environment asks how long ago this one was verified. */
function isAwaited({ config, environment }: DeployRequest): boolean {
  return Object.values(config.environments ?? {}).some(({ after }) => after && after.environment === environment);
}

/** Whether a record says nothing that the last one doesn't. */
function isKnown(last: DeployRecord | undefined, record: DeployRecord): boolean {
  return last !== undefined && canonicalJson(versionOf(record)) === canonicalJson(versionOf(last));
}

/** Returns what a record says of the version, whoever released it, and whenever. */
function versionOf(record: DeployRecord): Partial<DeployRecord> {
  const { at: _at, who: _who, pipeline: _pipeline, release: _release, releaseId: _id, earlier: _, ...version } = record;
  return version;
}
