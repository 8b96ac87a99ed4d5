import { type ApiRoute, type Call, parametersOf, projectOf } from '../call.ts';
import { badParameterError, invalidError } from '../errors.ts';
import type { Project } from '../model.ts';
import { namespaceNamed, namespaceOf, user } from '../namespaces.ts';
import { integerIn, textIn } from '../parameters.ts';
import { lackingFilters, levelIn, projectList } from '../project-list.ts';
import { projectSettingsIn } from '../project-settings.ts';

/** @see https://docs.gitlab.com/api/projects/ */
export const projectRoutes: readonly ApiRoute[] = [
  {
    method: 'GET',
    pattern: '/api/v4/projects',
    lacks: lackingFilters,
    handle: (call) => projectList(call, (project) => projectView(project, call)),
  },
  {
    method: 'GET',
    pattern: '/api/v4/projects/:id',
    handle: (call) => ({ status: 200, body: projectView(projectOf(call), call) }),
  },
  {
    // Terraform's provider reads them with every project. The sandbox's have none.
    method: 'GET',
    pattern: '/api/v4/projects/:id/push_rule',
    handle: (call) => {
      projectOf(call);
      return { status: 200, body: 'null', headers: { 'content-type': 'application/json' } };
    },
  },
  {
    method: 'POST',
    pattern: '/api/v4/projects',
    handle: async (call) => {
      const parameters = await parametersOf(call);
      const { name } = parameters;
      const path = textIn(parameters, 'path') ?? pathOf(name);
      if (path === undefined || path === '')
        throw badParameterError('name, path are missing, at least one parameter must be provided');
      assertPath(path);
      const namespaceId = integerIn(parameters, 'namespace_id');
      const namespace = namespaceId === undefined ? user.username : namespaceOf(call, namespaceId)?.full_path;
      if (namespace === undefined) throw invalidError({ namespace: ['is not valid'] });
      const settings = projectSettingsIn({ ...parameters, name: name ?? path });
      if (call.projects.find(`${namespace}/${path}`)) {
        throw invalidError({ name: ['has already been taken'], path: ['has already been taken'] });
      }
      const project = call.projects.ensure(`${namespace}/${path}`);
      project.settings = settings;
      call.projects.save(project);
      return { status: 201, body: projectView(project, call) };
    },
  },
  {
    method: 'PUT',
    pattern: '/api/v4/projects/:id',
    handle: async (call) => {
      const project = projectOf(call);
      const parameters = await parametersOf(call);
      const settings = projectSettingsIn(parameters);
      const path = textIn(parameters, 'path');
      if (path !== undefined) {
        assertPath(path);
        call.projects.move(project, path);
      }
      project.settings = { ...project.settings, ...settings };
      call.projects.save(project);
      return { status: 200, body: projectView(project, call) };
    },
  },
  {
    method: 'DELETE',
    pattern: '/api/v4/projects/:id',
    handle: (call) => {
      const project = projectOf(call);
      call.states.removeProject(project.id);
      call.projects.remove(project);
      return { status: 202, body: { message: '202 Accepted' } };
    },
  },
];

function assertPath(path: string): void {
  if (!/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,254}$/.test(path)) throw invalidError({ path: ['is invalid'] });
}

function pathOf(name: unknown): string | undefined {
  return typeof name === 'string'
    ? name
        .trim()
        .toLowerCase()
        .replaceAll(/[^a-z0-9_.-]+/g, '-')
    : undefined;
}

function projectView(project: Project, { caller, url }: Call): Record<string, unknown> {
  const path = project.path.split('/').at(-1);
  const namespace = namespaceNamed(project.path.split('/').slice(0, -1).join('/'));
  const level = levelIn(project, caller);
  return {
    default_branch: 'main',
    visibility: 'private',
    description: null,
    name: path,
    ...project.settings,
    id: project.id,
    path,
    path_with_namespace: project.path,
    namespace,
    web_url: `${new URL(url).origin}/${project.path}`,
    created_at: project.created_at,
    permissions: { project_access: { access_level: level, notification_level: 3 }, group_access: null },
  };
}
