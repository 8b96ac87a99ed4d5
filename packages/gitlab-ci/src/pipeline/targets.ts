import { gitlabEnvironmentOf } from '../environment.ts';
import { defaultEnvironment, type PipelineApp } from './app.ts';
import { deployOrder, deployStage } from './deploy-order.ts';

/** One app in one environment. */
export interface DeployTarget {
  readonly project: string;
  readonly directory: string;
  /** What lint-test builds for the app, relative to the repository's root. */
  readonly outputs: readonly string[];
  /** The environment of deploy.json, for `--environment`. Absent if the file declares none. */
  readonly environment?: string;
  /** The environment that verifies the images first. */
  readonly promoteFrom?: string;
  readonly gitlabEnvironment: string;
  readonly tier: string;
  /** One job at a time. */
  readonly resourceGroup: string;
  readonly stage: string;
  /** The name of the job that releases to it. Jobs with several apps have several targets. */
  readonly job: string;
}

/**
 * Returns the apps' environments, in the order in which they are deployed.
 * @param single one job for all apps of an environment: they share GitLab's environment and resource group
 */
export function deployTargets(apps: readonly PipelineApp[], single: boolean): DeployTarget[] {
  const order = deployOrder(apps);
  const targets = apps
    .toSorted((a, b) => order.get(a.project)! - order.get(b.project)!)
    .flatMap((app) => targetsOf(app, deployStage(order.get(app.project)!)));
  return single ? targets.map(shared) : targets;
}

function targetsOf(
  { project, directory, outputs, herokuApp, environments }: PipelineApp,
  stage: string,
): DeployTarget[] {
  const targets = environments.map(({ name, herokuApp: resourceGroup, after }) => ({
    project,
    directory,
    outputs,
    environment: name,
    ...(after === undefined ? {} : { promoteFrom: after }),
    gitlabEnvironment: gitlabEnvironmentOf(name, project),
    tier: tierOf(
      name,
      environments.some((other) => other.after === name),
    ),
    resourceGroup,
    stage,
    job: `${after === undefined ? 'deploy' : 'promote'} ${project} to ${name}`,
  }));
  if (targets.length > 0) return targets;
  const gitlabEnvironment = gitlabEnvironmentOf(defaultEnvironment, project);
  const resourceGroup = herokuApp ?? gitlabEnvironment;
  return [
    {
      project,
      directory,
      outputs,
      gitlabEnvironment,
      tier: 'production',
      resourceGroup,
      stage,
      job: `deploy ${project}`,
    },
  ];
}

function shared(target: DeployTarget): DeployTarget {
  const name = target.environment ?? defaultEnvironment;
  // Within the scope `production/*` of the variables, as the environments of single apps.
  const gitlabEnvironment = `${name}/all`;
  return {
    ...target,
    gitlabEnvironment,
    resourceGroup: gitlabEnvironment,
    stage: deployStage(1),
    ...(target.promoteFrom === undefined
      ? { job: target.environment === undefined ? 'deploy' : `deploy to ${target.environment}` }
      : {}),
  };
}

const tiers = ['production', 'staging', 'testing', 'development'];

/** GitLab guesses the tier from the environment's whole name, unless it's stated. */
function tierOf(environment: string, isPromotedFrom: boolean): string {
  if (tiers.includes(environment)) return environment;
  return isPromotedFrom ? 'staging' : 'production';
}
