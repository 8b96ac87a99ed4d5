import { inTheBackground } from './background.ts';
import { checkCiVariables } from './ci-variables.ts';
import { readCurrentState } from './current-state.ts';
import type { Deployment } from './deployment.ts';
import type { PreparedBuild } from './describe.ts';
import type { Emit } from './events.ts';
import { acquireLease } from './lease.ts';
import { isUnchanged, planDeploy } from './plan.ts';
import { checkApp } from './preflight.ts';
import { readPreviousImages } from './previous-images.ts';
import type { DeployReport } from './report.ts';
import type { DeployRequest } from './request.ts';
import { Run } from './run.ts';
import type { Services } from './services.ts';
import { beginDescribing, buildStep, describeStep, prepareStep } from './steps/build.ts';
import { configStep } from './steps/config.ts';
import { pushStep } from './steps/push.ts';
import { releaseStep } from './steps/release.ts';
import { unchangedStep, verifyStep } from './steps/verify.ts';

/**
 * Deploys: plan, build, push, release, verify; and back again when the new version is not healthy.
 *
 * Everything that happens is emitted. A deploy that fails, is refused or is cancelled has a report that says so; nothing
 * is thrown.
 */
export async function deploy(
  request: DeployRequest,
  services: Services,
  emit: Emit,
  signal?: AbortSignal,
): Promise<DeployReport> {
  const run = new Run(request, emit, signal);
  emit({ type: 'started', app: request.app, target: request.target });
  for (const text of request.warnings ?? []) run.warn(text);
  try {
    await using _lease = await acquireLease(request.app, request.target.kind);
    return run.finish(await planAndCarryOut(run, services));
  } catch (error) {
    return run.finish(run.failure(error));
  }
}

async function planAndCarryOut(run: Run, services: Services): Promise<DeployReport> {
  const { request } = run;
  const prepared = await prepareStep(run);
  const { previous, described, current } = await look(run, services, prepared);
  const deployment = planned({ run, services, described, current });

  if (request.dryRun) return planReport(deployment);
  if (isUnchanged(deployment.plan)) return unchangedStep(deployment);
  if (request.confirm && !(await request.confirm(deployment.plan))) {
    return run.report('cancelled', `CANCELLED ${request.app}: nothing was changed`);
  }
  if (described.images) return carryOut(deployment);

  const built = await buildStep(run, services, previous, prepared);
  try {
    return await carryOut(planned({ run, services, described: built.described, current }));
  } finally {
    await built.close();
  }
}

/**
 * Asks Heroku, GitLab and the registries at the same time, and describes what would be built meanwhile. Should several refuse,
 * what is wrong with the app or the key is told first.
 */
async function look(run: Run, services: Services, prepared: PreparedBuild) {
  const { app: name, config, gitlab } = run.request;
  const stop = new AbortController();
  const signal = AbortSignal.any([stop.signal, ...(run.signal ? [run.signal] : [])]);
  try {
    const reading = inTheBackground(readPreviousImages(services.registry, name, config, { signal }));
    const describing = inTheBackground(beginDescribing(run, services, reading, prepared, signal));
    const checking = inTheBackground(checkCiVariables(config, gitlab, { signal }));
    const app = await checkApp(services.heroku, name, run.options);
    for (const text of await checking) run.warn(text);
    const previous = await reading;
    const state = inTheBackground(readCurrentState(services.heroku, app, previous.imageIds, { signal }));
    const described = await describeStep(run, prepared, describing);
    return { previous, described, current: await state };
  } finally {
    stop.abort();
  }
}

async function carryOut(deployment: Deployment): Promise<DeployReport> {
  if (isUnchanged(deployment.plan)) return unchangedStep(deployment);
  await pushStep(deployment);
  const configRelease = await configStep(deployment);
  const newestKnown = configRelease?.version ?? deployment.current.newestVersion;
  const made = (await releaseStep(deployment, newestKnown)) ?? configRelease;
  const scaled = deployment.plan.scale.length > 0 ? deployment.current.release : undefined;
  const release = made ?? scaled;
  return release ? verifyStep(deployment, release) : unchangedStep(deployment);
}

function planned(parts: Omit<Deployment, 'plan'>): Deployment {
  const { config, values } = parts.run.request;
  const plan = planDeploy(config, values.configVars, parts.described, parts.current);
  parts.run.planned(plan, parts.current);
  return { ...parts, plan };
}

function planReport({ run, plan }: Deployment): DeployReport {
  const what = isUnchanged(plan) ? 'nothing to do' : 'nothing was changed (dry run)';
  return run.report('planned', `PLAN ${plan.app}: ${what}`);
}
