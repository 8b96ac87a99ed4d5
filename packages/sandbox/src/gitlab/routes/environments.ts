import { type ApiRoute, type Call, parametersOf, projectOf } from '../call.ts';
import { badParameterError, GitlabError, invalidError, invalidParameterError, notFoundError } from '../errors.ts';
import { autoStopSettings, type Environment, environmentTiers, type Project, slugOf, tierOf } from '../model.ts';
import { pagedReply } from '../paging.ts';
import { choiceIn, type Parameters, textIn } from '../parameters.ts';

export const environmentNamePattern = /^[\w\-/${}. ]{1,255}$/;
const environmentStates = ['available', 'stopping', 'stopped'];

/** @see https://docs.gitlab.com/api/environments/ */
export const environmentRoutes: readonly ApiRoute[] = [
  {
    method: 'GET',
    pattern: '/api/v4/projects/:id/environments',
    handle: (call) => {
      const project = projectOf(call);
      const query = Object.fromEntries(call.query);
      const state = choiceIn(query, 'states', environmentStates);
      const [name, search] = [textIn(query, 'name'), textIn(query, 'search')?.toLowerCase()];
      if (name !== undefined && search !== undefined) throw badParameterError('name, search cannot be used together');
      if (search && search.length < 3) throw invalidParameterError('Search query is less than 3 characters');
      const found = project.environments.filter(
        (environment) =>
          (name === undefined || environment.name === name) &&
          (search === undefined || environment.name.toLowerCase().startsWith(search)) &&
          (state === undefined || environment.state === state),
      );
      return pagedReply(found.map(environmentView), call.query, call.url);
    },
  },
  {
    method: 'POST',
    pattern: '/api/v4/projects/:id/environments',
    handle: async (call) => {
      const project = projectOf(call);
      const parameters = await parametersOf(call);
      if (parameters['name'] === undefined) throw badParameterError('name is missing');
      const name = textIn(parameters, 'name') ?? '';
      if (!environmentNamePattern.test(name)) throw invalidError({ name: ['is invalid'] });
      if (project.environments.some((environment) => environment.name === name)) {
        throw invalidError({ name: ['has already been taken'] });
      }
      const settings = settingsIn(parameters);
      const environment = Object.assign(ensureEnvironment(project, name, call.projects.now()), settings);
      call.projects.save(project);
      return { status: 201, body: environmentView(environment) };
    },
  },
  {
    method: 'GET',
    pattern: '/api/v4/projects/:id/environments/:environment',
    handle: (call) => ({ status: 200, body: environmentView(environmentOf(call, projectOf(call))) }),
  },
  {
    method: 'PUT',
    pattern: '/api/v4/projects/:id/environments/:environment',
    handle: async (call) => {
      const project = projectOf(call);
      const environment = environmentOf(call, project);
      Object.assign(environment, settingsIn(await parametersOf(call)));
      call.projects.save(project);
      return { status: 200, body: environmentView(environment) };
    },
  },
  {
    method: 'DELETE',
    pattern: '/api/v4/projects/:id/environments/:environment',
    handle: (call) => {
      const project = projectOf(call);
      const environment = environmentOf(call, project);
      if (environment.state !== 'stopped') throw new GitlabError(403, { message: '403 Forbidden' });
      project.environments = project.environments.filter((other) => other !== environment);
      call.projects.save(project);
      return { status: 204 };
    },
  },
  {
    method: 'POST',
    pattern: '/api/v4/projects/:id/environments/:environment/stop',
    handle: (call) => {
      const project = projectOf(call);
      const environment = environmentOf(call, project);
      environment.state = 'stopped';
      call.projects.save(project);
      return { status: 200, body: environmentView(environment) };
    },
  },
];

function environmentOf(call: Call, project: Project): Environment {
  const environment = project.environments.find(({ id }) => String(id) === call.parameters['environment']);
  if (!environment) throw notFoundError('Environment');
  return environment;
}

function settingsIn(parameters: Parameters): Partial<Environment> {
  const url = textIn(parameters, 'external_url');
  const description = textIn(parameters, 'description');
  const tier = choiceIn(parameters, 'tier', environmentTiers);
  const autoStop = choiceIn(parameters, 'auto_stop_setting', autoStopSettings);
  return {
    ...(url !== undefined && { external_url: url || null }),
    ...(description !== undefined && { description }),
    ...(tier && { tier }),
    ...(autoStop && { auto_stop_setting: autoStop }),
  };
}

/** Returns the environment with this name, created if missing, as a deployment does. */
export function ensureEnvironment(project: Project, name: string, now: string): Environment {
  const existing = project.environments.find((environment) => environment.name === name);
  if (existing) return existing;
  const environment: Environment = {
    id: Math.max(0, ...project.environments.map(({ id }) => id)) + 1,
    name,
    created_at: now,
    state: 'available',
    external_url: null,
  };
  project.environments.push(environment);
  return environment;
}

function environmentView(environment: Environment): Record<string, unknown> {
  return {
    description: null,
    auto_stop_setting: 'always',
    ...environment,
    slug: slugOf(environment.name),
    tier: tierOf(environment),
    updated_at: environment.created_at,
  };
}
