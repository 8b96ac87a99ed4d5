import { carryOut } from './carry-out.ts';
import { chooseImages } from './choose-images.ts';
import { gatherState } from './gather-state.ts';
import { keepRecord } from './keep-record.ts';
import { assertPlanHolds } from './plan/assert-plan-holds.ts';
import { warnOfFailedOthers } from './outcome/failed-others.ts';
import { type Observations, versionOf } from './outcome/observations.ts';
import { runsAnImage } from './outcome/sentences.ts';
import { continuesKilledDeploy } from './outcome/undo.ts';
import { type DeployPlan, isUnchanged } from './plan/plan.ts';
import { isBuilt, planDeploy } from './plan/plan-deploy.ts';
import { assertProven, openPromotion } from './promote.ts';
import type { BuildOutline, BuiltImages, ImageBuilder } from './ports.ts';
import type { Emit } from './report/events.ts';
import type { DeployReport } from './report/report.ts';
import { Run } from './report/run.ts';
import { type RunningDeploy, startRun } from './report/running.ts';
import { openRecorded } from './redeploy.ts';
import type { DeployRequest } from './request.ts';
import type { Services } from './services.ts';
import type { CurrentState } from './state/current-state.ts';
import { hasEarlierImages } from './state/releases.ts';
import { readPreboot } from './state/preboot.ts';
import { buildStep, logTo, prepareBuilder } from './steps/build.ts';
import type { Deployment } from './steps/deployment.ts';
import { overlapSecondsLeft } from './steps/verify.ts';

/**
 * Deploys: plans, builds, pushes, releases and verifies, and rolls back an unhealthy version.
 *
 * Emits everything that happens. Never throws: a deploy that fails, is refused or is canceled has a report that says so.
 */
export async function deploy(
  request: DeployRequest,
  services: Services,
  emit: Emit,
  signal?: AbortSignal,
): Promise<DeployReport> {
  return startDeploy(request, services, emit, signal).finished;
}

/** As `deploy`, for callers that may have to report before it has finished. */
export function startDeploy(
  request: DeployRequest,
  services: Services,
  emit: Emit,
  signal?: AbortSignal,
): RunningDeploy {
  const run = new Run(request, emit, signal);
  return startRun(run, services, () => planAndCarryOut(run, services));
}

async function planAndCarryOut(run: Run, services: Services): Promise<DeployReport> {
  const builder = await openImages(run, services);
  const state = await gatherState(run, services, builder);
  const build = await chooseImages(run, services, state);
  await using _built = isBuilt(build) ? build : undefined;
  const current = await withPreboot(run, services, build, state.current);
  const plan = planAndEmit(run, build, current);
  const { request } = run;
  await assertProven(run, services, plan);
  if (request.savedPlan) assertPlanHolds(request.savedPlan, plan, request.revision);

  if (request.dryRun) return run.report(planEnd(plan, run.seen));
  if (!isUnchanged(plan) && request.confirm && !(await request.confirm(plan))) {
    return run.report({ outcome: 'cancelled', text: `CANCELLED ${plan.app}: nothing was changed` });
  }
  if (isBuilt(build)) return await deployImages({ run, services, plan, ...state, current, images: build.images });

  await using built = await buildStep(run, builder, () =>
    builder.build({ previous: Promise.resolve(state.previous), ...run.options, onLog: logTo(run) }),
  );
  const builtPlan = planAndEmit(run, built, current);
  await assertProven(run, services, builtPlan);
  return await deployImages({ run, services, plan: builtPlan, ...state, current, images: built.images });
}

function openImages(run: Run, services: Services): Promise<ImageBuilder> {
  const { promoteFrom, recordedCommits } = run.request;
  if (promoteFrom !== undefined) return openPromotion(run, services, promoteFrom);
  return recordedCommits ? openRecorded(run, services, recordedCommits) : prepareBuilder(run, services);
}

/**
 * Reads whether Preboot is on, unless nothing is going to be released, and the old version can't respond any more or the app
 * itself names the version.
 */
async function withPreboot(
  run: Run,
  { heroku }: Services,
  build: BuildOutline | BuiltImages,
  current: CurrentState,
): Promise<CurrentState> {
  const { config, values, app } = run.request;
  const plan = planDeploy(config, values.configVars, build, current);
  const mayChange = !isUnchanged(plan) || continuesKilledDeploy(plan);
  const isSettled = overlapSecondsLeft(run.request, current.release) === 0 || plan.verify.marker !== undefined;
  if (!mayChange && isSettled) return current;
  const { preboot, unknowns } = await readPreboot(heroku, app, run.options);
  return { ...current, preboot, unknowns: [...current.unknowns, ...unknowns] };
}

function planAndEmit(run: Run, build: BuildOutline | BuiltImages, current: CurrentState): DeployPlan {
  const { config, values, environment } = run.request;
  const planned = planDeploy(config, values.configVars, build, current);
  const plan = environment ? { ...planned, environment } : planned;
  const newest = current.releases[0];
  run.note({
    before: {
      ...(newest ? { newest } : {}),
      ...(current.release ? { current: current.release } : {}),
      hasEarlierImages: hasEarlierImages(current.releases),
    },
    ...(current.release ? { current: current.release } : {}),
  });
  run.recordPlan(plan);
  return plan;
}

async function deployImages(deployment: Deployment): Promise<DeployReport> {
  const { run } = deployment;
  const end = await carryOut(deployment);
  for (const text of warnOfFailedOthers(run.seen, 'during this deploy')) run.warn(text);
  const report = run.report(end);
  await keepRecord(deployment, report);
  return report;
}

function planEnd(plan: DeployPlan, seen: Observations) {
  const runs = runsAnImage(plan, seen) ? `v${versionOf(seen)} is still running` : 'nothing runs yet';
  const what = isUnchanged(plan)
    ? `nothing to do: v${versionOf(seen)} is this version`
    : `nothing was changed; ${runs}`;
  return { outcome: 'planned', text: `PLAN ${plan.app}: ${what}` } as const;
}
