import { type ApiRoute, parametersOf, projectOf } from '../call.ts';
import { badParameterError, invalidError, notFoundError } from '../errors.ts';
import { type Environment, type Project, slugOf } from '../model.ts';
import { pagedReply } from '../paging.ts';

/** @see https://docs.gitlab.com/api/environments/ */
export const environmentRoutes: readonly ApiRoute[] = [
  {
    method: 'GET',
    pattern: '/api/v4/projects/:id/environments',
    forJobs: true,
    handle: (call) => {
      const project = projectOf(call);
      const name = call.query.get('name');
      const search = call.query.get('search');
      const found = project.environments.filter(
        (environment) =>
          (name === null || environment.name === name) && (search === null || environment.name.includes(search)),
      );
      return pagedReply(found.map(environmentView), call.query, call.url);
    },
  },
  {
    method: 'POST',
    pattern: '/api/v4/projects/:id/environments',
    forJobs: true,
    handle: async (call) => {
      const project = projectOf(call);
      const parameters = await parametersOf(call);
      const { name, external_url: url } = parameters;
      if (name === undefined) throw badParameterError('name is missing');
      if (typeof name !== 'string' || !/^[\w\-/${}. ]{1,255}$/.test(name)) throw invalidError({ name: ['is invalid'] });
      if (project.environments.some((environment) => environment.name === name)) {
        throw invalidError({ name: ['has already been taken'] });
      }
      const environment = ensureEnvironment(project, name);
      if (typeof url === 'string') environment.external_url = url;
      call.projects.save(project);
      return { status: 201, body: environmentView(environment) };
    },
  },
  {
    method: 'GET',
    pattern: '/api/v4/projects/:id/environments/:environment',
    forJobs: true,
    handle: (call) => {
      const id = call.parameters['environment'];
      const environment = projectOf(call).environments.find((candidate) => String(candidate.id) === id);
      if (!environment) throw notFoundError('Environment');
      return { status: 200, body: environmentView(environment) };
    },
  },
];

/** Returns the environment with this name, created if missing, as a deployment does. */
export function ensureEnvironment(project: Project, name: string): Environment {
  const existing = project.environments.find((environment) => environment.name === name);
  if (existing) return existing;
  const environment: Environment = {
    id: project.environments.length + 1,
    name,
    created_at: new Date().toISOString(),
    state: 'available',
    external_url: null,
  };
  project.environments.push(environment);
  return environment;
}

function environmentView(environment: Environment): Record<string, unknown> {
  return {
    ...environment,
    slug: slugOf(environment.name),
    tier: environment.name.startsWith('prod') ? 'production' : 'other',
    updated_at: environment.created_at,
  };
}
