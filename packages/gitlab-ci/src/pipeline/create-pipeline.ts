import { assertDistinctEnvironments } from '../environment.ts';
import { assertSafeNames, assertSafeToolJob, defaultEnvironment, type PipelineApp } from './app.ts';
import { deployStage } from './deploy-order.ts';
import { deployJob, type Job, promoteJob, rollbackJob } from './jobs.ts';
import { type DeployTarget, deployTargets } from './targets.ts';

export interface PipelineOptions {
  /** One job deploys all apps of an environment, for small projects. */
  readonly single?: boolean;
  /** A job of the pipeline that builds the tool. Absent: a lock file pins it, or the jobs' image contains it. */
  readonly toolJob?: string;
}

/** The content of the file with the deploy jobs. */
export interface Pipeline {
  readonly stages: readonly string[];
  /** By name. Contains `lint-test` with the artifacts that the deploy jobs need. */
  readonly jobs: Readonly<Record<string, Job>>;
}

/** The stages that GitLab has without `stages`, which a project's own jobs may be in: these and ours replace them. */
export const defaultStages: readonly string[] = ['build', 'test'];

/** Where lint-test writes what the deploy jobs read: which commit changed each app, and what was built. */
const handoverDirectory = '.tozo/';

/**
 * Returns the deploy jobs of these apps. The result doesn't depend on the apps' order.
 * Throws PIPELINE_INVALID for names that GitLab or a shell would read as more than names, and for circular dependencies;
 * ENVIRONMENT_NAME for apps that would share an environment.
 */
export function createPipeline(unsorted: readonly PipelineApp[], options: PipelineOptions = {}): Pipeline {
  const apps = unsorted.toSorted((a, b) => (a.project < b.project ? -1 : 1));
  assertSafeNames(apps);
  if (options.toolJob !== undefined) assertSafeToolJob(options.toolJob);
  assertOneAppPerEnvironment(apps);
  const targets = deployTargets(apps, options.single ?? false);
  return {
    stages: ['lint-test', ...defaultStages, ...new Set([deployStage(1), ...targets.map(({ stage }) => stage)])],
    jobs: { 'lint-test': handover(apps), ...jobsOf(targets, options.toolJob === undefined ? [] : [options.toolJob]) },
  };
}

function assertOneAppPerEnvironment(apps: readonly PipelineApp[]): void {
  const pairs = apps.flatMap(({ project, environments }) =>
    (environments.length === 0 ? [{ name: defaultEnvironment }] : environments).map(({ name }) => ({ name, project })),
  );
  for (const name of new Set(pairs.map((pair) => pair.name))) {
    const projects = pairs.filter((pair) => pair.name === name).map(({ project }) => project);
    assertDistinctEnvironments(name, projects);
  }
}

/** GitLab merges this into the job `lint-test` of the include before it. */
function handover(apps: readonly PipelineApp[]): Job {
  const outputs = new Set(apps.flatMap((app) => app.outputs.map((path) => `${path.replace(/\/+$/, '')}/`)));
  return { artifacts: { paths: [handoverDirectory, ...[...outputs].toSorted()] } };
}

function jobsOf(targets: readonly DeployTarget[], toolJobs: readonly string[]): Record<string, Job> {
  const promoted = targets.filter(({ promoteFrom }) => promoteFrom !== undefined);
  const deployed = targets.filter((target) => !promoted.includes(target));
  const source = ({ project, promoteFrom }: DeployTarget): DeployTarget =>
    targets.find((other) => other.project === project && other.environment === promoteFrom)!;
  return Object.fromEntries<Job>([
    ...[...new Set(deployed.map(({ job }) => job))].map((job): [string, Job] => [
      job,
      deployJob(
        deployed.filter((target) => target.job === job),
        toolJobs,
      ),
    ]),
    ...promoted.map((target): [string, Job] => [target.job, promoteJob(target, source(target), toolJobs)]),
    ...targets.map((target): [string, Job] => [rollbackName(target), rollbackJob(target, toolJobs)]),
  ]);
}

function rollbackName({ project, environment }: DeployTarget): string {
  return environment === undefined ? `roll back ${project}` : `roll back ${project} in ${environment}`;
}
