import { type ApiRoute, parametersOf, projectOf } from '../call.ts';
import { badParameterError, invalidError, invalidParameterError, notFoundError } from '../errors.ts';
import { sortedBy } from '../listing.ts';
import { type Deployment, type DeploymentJob, type DeploymentStatus, type Project, slugOf } from '../model.ts';
import { pagedReply } from '../paging.ts';
import { choiceIn, flagIn, type Parameters, requiredTextIn } from '../parameters.ts';
import { ensureEnvironment } from './environments.ts';

export const settableStatuses: readonly DeploymentStatus[] = ['running', 'success', 'failed', 'canceled'];
const statuses: readonly DeploymentStatus[] = ['created', ...settableStatuses, 'skipped', 'blocked'];
const finished: readonly DeploymentStatus[] = ['success', 'failed', 'canceled'];
const orders = {
  id: ({ id }: Deployment) => id,
  iid: ({ iid }: Deployment) => iid,
  created_at: (deployment: Deployment) => deployment.created_at,
  updated_at: (deployment: Deployment) => deployment.updated_at,
  finished_at: (deployment: Deployment) => deployment.finished_at,
  ref: ({ ref }: Deployment) => ref,
};

/** @see https://docs.gitlab.com/api/deployments/ */
export const deploymentRoutes: readonly ApiRoute[] = [
  {
    method: 'GET',
    pattern: '/api/v4/projects/:id/deployments',
    handle: (call) => {
      const project = projectOf(call);
      const environment = call.query.get('environment');
      const query = Object.fromEntries(call.query);
      const status = choiceIn(query, 'status', statuses);
      const order = choiceIn(query, 'order_by', Object.keys(orders)) ?? 'id';
      const finishedIn = periodOf(call.query, 'finished');
      const updatedIn = periodOf(call.query, 'updated');
      if (hasLimit(finishedIn) && hasLimit(updatedIn))
        throw invalidParameterError('Both `updated_at` filter and `finished_at` filter can not be specified');
      assertEfficient(order, status, finishedIn);
      const matching = project.deployments
        .filter((deployment) => environment === null || deployment.environment === environment)
        .filter((deployment) => status === undefined || deployment.status === status)
        .filter(({ finished_at: at }) => isWithin(at, finishedIn))
        .filter(({ updated_at: at }) => isWithin(at, updatedIn));
      const found = sortedBy(matching, query, orders, { order: 'id', sort: 'asc' });
      const views = found.map((deployment) => deploymentView(project, deployment));
      return pagedReply(views, call.query, call.url);
    },
  },
  {
    method: 'GET',
    pattern: '/api/v4/projects/:id/deployments/:deployment',
    handle: (call) => {
      const project = projectOf(call);
      return { status: 200, body: deploymentView(project, deploymentOf(project, call.parameters['deployment'])) };
    },
  },
  {
    method: 'POST',
    pattern: '/api/v4/projects/:id/deployments',
    handle: async (call) => {
      const project = projectOf(call);
      const parameters = await parametersOf(call);
      const [environment, sha, ref] = [
        requiredTextIn(parameters, 'environment'),
        requiredTextIn(parameters, 'sha'),
        requiredTextIn(parameters, 'ref'),
      ];
      if (!/^[0-9a-f]{40}$/.test(sha)) throw invalidError({ sha: ['is invalid'] });
      if (parameters['tag'] === undefined) throw badParameterError('tag is missing');
      const tag = flagIn(parameters, 'tag') ?? false;
      const status = statusIn(parameters);
      const deployment = addDeployment(project, { environment, ref, tag, sha, status }, call.projects.now());
      call.projects.save(project);
      return { status: 201, body: deploymentView(project, deployment) };
    },
  },
  {
    method: 'PUT',
    pattern: '/api/v4/projects/:id/deployments/:deployment',
    handle: async (call) => {
      const project = projectOf(call);
      const deployment = deploymentOf(project, call.parameters['deployment']);
      const parameters = await parametersOf(call);
      const status = statusIn(parameters);
      deployment.status = status;
      deployment.updated_at = call.projects.now();
      deployment.finished_at = finished.includes(status) ? deployment.updated_at : null;
      call.projects.save(project);
      return { status: 200, body: deploymentView(project, deployment) };
    },
  },
];

interface Period {
  readonly after: number | undefined;
  readonly before: number | undefined;
}

/**
 * GitLab refuses what its database can't find by an index.
 * @see https://docs.gitlab.com/api/deployments/#list-project-deployments
 */
function assertEfficient(order: string, status: DeploymentStatus | undefined, period: Period): void {
  const problem = !hasLimit(period)
    ? order === 'finished_at' &&
      !(status && finished.includes(status)) &&
      '`finished_at` filter and `finished_at` sorting must be paired'
    : order !== 'finished_at'
      ? '`finished_at` filter and `finished_at` sorting must be paired'
      : status !== 'success' && '`finished_at` filter must be combined with `success` status filter.';
  if (problem) throw invalidParameterError(problem);
}

function periodOf(query: URLSearchParams, what: 'finished' | 'updated'): Period {
  return { after: timeOf(query, `${what}_after`), before: timeOf(query, `${what}_before`) };
}

function hasLimit({ after, before }: Period): boolean {
  return after !== undefined || before !== undefined;
}

function isWithin(at: string | null, period: Period): boolean {
  if (!hasLimit(period)) return true;
  if (at === null) return false;
  const { after, before } = period;
  const time = Date.parse(at);
  return time >= (after ?? time) && time <= (before ?? time);
}

function timeOf(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  if (text === null) return undefined;
  const time = Date.parse(text);
  if (Number.isNaN(time)) throw badParameterError(`${name} is invalid`);
  return time;
}

/** What a deployment is about. */
export type NewDeployment = Pick<Deployment, 'environment' | 'ref' | 'tag' | 'sha' | 'status'>;

/** Adds a deployment, and its environment if that doesn't exist. */
export function addDeployment(project: Project, about: NewDeployment, now: string): Deployment {
  ensureEnvironment(project, about.environment, now);
  const number = Math.max(0, ...project.deployments.map(({ id }) => id)) + 1;
  const deployment: Deployment = {
    id: number,
    iid: number,
    ...about,
    created_at: now,
    updated_at: now,
    finished_at: finished.includes(about.status) ? now : null,
  };
  project.deployments.push(deployment);
  return deployment;
}

function deploymentOf(project: Project, id: string | undefined): Deployment {
  const deployment = project.deployments.find((candidate) => String(candidate.id) === id);
  if (!deployment) throw notFoundError('Deployment');
  return deployment;
}

function deploymentView(project: Project, deployment: Deployment): Record<string, unknown> {
  const { environment: name, deployable, ...rest } = deployment;
  const environment = project.environments.find((candidate) => candidate.name === name);
  return {
    ...rest,
    user: { id: 1, username: 'sandbox', name: 'Sandbox', state: 'active' },
    environment: {
      id: environment?.id ?? 0,
      name,
      slug: slugOf(name),
      external_url: environment?.external_url ?? null,
    },
    deployable: deployable ? jobView(deployable, deployment) : null,
  };
}

function jobView(job: DeploymentJob, { ref, sha, tag, status, environment }: Deployment): Record<string, unknown> {
  const { id, source } = job.pipeline;
  return {
    ...job,
    name: `deploy ${environment}`,
    status,
    ref,
    tag,
    pipeline: { id, sha, ref, status, source },
  };
}

function statusIn(parameters: Parameters): DeploymentStatus {
  const status = choiceIn(parameters, 'status', settableStatuses);
  if (status === undefined) throw badParameterError('status is missing, status does not have a valid value');
  return status;
}
