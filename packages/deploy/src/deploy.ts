import { type DeployPlan, isUnchanged } from './plan/plan.ts';
import { isBuilt, planDeploy } from './plan/plan-deploy.ts';
import type { BuildOutline, BuiltImages, Image, ImageBuilder } from './ports.ts';
import type { Emit } from './report/events.ts';
import type { DeployReport } from './report/report.ts';
import { Run } from './report/run.ts';
import type { DeployRequest } from './request.ts';
import type { Services } from './services.ts';
import { startEarly } from './start-early.ts';
import { checkApp } from './state/check-app.ts';
import { checkCiVariables } from './state/ci-variables.ts';
import { type CurrentState, readCurrentState } from './state/current-state.ts';
import { acquireLease } from './state/lease.ts';
import { readPreviousImages } from './state/previous-images.ts';
import { buildStep, prepareBuilder } from './steps/build.ts';
import { configVarsStep } from './steps/config-vars.ts';
import type { Deployment } from './steps/deployment.ts';
import { pushStep } from './steps/push.ts';
import { releaseStep } from './steps/release.ts';
import { unchangedStep, verifyStep } from './steps/verify.ts';

/** A deploy that is running. */
export interface RunningDeploy {
  readonly finished: Promise<DeployReport>;
  /**
   * Returns a report of what is known at this moment, without I/O: for a process that has to end at once.
   * @param reason why the deploy can't be waited for
   */
  reportNow(reason: unknown): DeployReport;
}

/**
 * Deploys: plans, builds, pushes, releases and verifies, and rolls back an unhealthy version.
 *
 * Emits everything that happens. Never throws: a deploy that fails, is refused or is cancelled has a report that says so.
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
  return { finished: runDeploy(run, services), reportNow: (reason) => run.reportFailure(reason) };
}

async function runDeploy(run: Run, services: Services): Promise<DeployReport> {
  const { request, emit } = run;
  emit({ type: 'started', app: request.app, target: request.target });
  for (const text of request.warnings ?? []) run.warn(text);
  try {
    await using _lease = await acquireLease(request.app, request.target.kind);
    return run.finish(await planAndCarryOut(run, services));
  } catch (error) {
    return run.finish(run.reportFailure(error));
  }
}

async function planAndCarryOut(run: Run, services: Services): Promise<DeployReport> {
  const { request } = run;
  const builder = await prepareBuilder(run, services);
  const { previous, build, current } = await gatherState(run, services, builder);
  await using _built = isBuilt(build) ? build : undefined;
  const plan = planAndEmit(run, build, current);
  const deployment: Deployment = { run, services, plan, current };

  if (request.dryRun) return planReport(deployment);
  if (isUnchanged(plan)) return unchangedStep(deployment);
  if (request.confirm && !(await request.confirm(plan))) {
    return run.report('cancelled', `CANCELLED ${request.app}: nothing was changed`);
  }
  if (isBuilt(build)) return await carryOut(deployment, build.images);

  await using built = await buildStep(run, () =>
    builder.build({ previous: Promise.resolve(previous), ...run.options, onLog: logTo(run) }),
  );
  return await carryOut({ ...deployment, plan: planAndEmit(run, built, current) }, built.images);
}

/**
 * Reads from Heroku, GitLab and the registries at the same time, and builds in the meantime if the builder can. If several
 * fail, a problem with the app or the key is reported first.
 */
async function gatherState(run: Run, services: Services, builder: ImageBuilder) {
  const { app: name, config, gitlab } = run.request;
  const stop = new AbortController();
  const signal = AbortSignal.any([stop.signal, ...(run.signal ? [run.signal] : [])]);
  try {
    const reading = startEarly(readPreviousImages(services.images.publisher, name, config, { signal }));
    const reusable = startEarly(reading.then((images) => images.reusable));
    const building = builder.buildsBeforePlan
      ? startEarly(builder.build({ previous: reusable, signal, onLog: logTo(run) }))
      : undefined;
    const checking = startEarly(checkCiVariables(config, gitlab, { signal }));
    const app = await checkApp(services.heroku, name, run.options);
    for (const text of await checking) run.warn(text);
    const { imageIds } = await reading;
    const state = startEarly(readCurrentState(services.heroku, app, imageIds, { signal }));
    const build = building ? await buildStep(run, () => building) : builder.outline;
    return { previous: await reusable, build, current: await state };
  } finally {
    stop.abort();
  }
}

function logTo({ emit }: Run): (line: string) => void {
  return (line) => emit({ type: 'build-output', line });
}

function planAndEmit(run: Run, build: BuildOutline | BuiltImages, current: CurrentState): DeployPlan {
  const { config, values } = run.request;
  const plan = planDeploy(config, values.configVars, build, current);
  run.recordPlan(plan, current);
  return plan;
}

async function carryOut(deployment: Deployment, images: Readonly<Record<string, Image>>): Promise<DeployReport> {
  const { plan, current } = deployment;
  if (isUnchanged(plan)) return unchangedStep(deployment);
  await pushStep(deployment, images);
  const configRelease = await configVarsStep(deployment);
  const newestKnown = configRelease?.version ?? current.newestVersion;
  const created = (await releaseStep(deployment, images, newestKnown)) ?? configRelease;
  const scaled = plan.scale.length > 0 ? current.release : undefined;
  const release = created ?? scaled;
  return release ? verifyStep(deployment, release) : unchangedStep(deployment);
}

function planReport({ run, plan }: Deployment): DeployReport {
  const what = isUnchanged(plan) ? 'nothing to do' : 'nothing was changed (dry run)';
  return run.report('planned', `PLAN ${plan.app}: ${what}`);
}
