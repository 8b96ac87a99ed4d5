import { type ApiRoute, parametersOf, projectOf } from '../call.ts';
import { badParameterError, invalidError, notFoundError } from '../errors.ts';
import type { Project, ProtectedBranch } from '../model.ts';
import { pagedReply } from '../paging.ts';

/** Projects and their protected branches. @see https://docs.gitlab.com/api/protected_branches/ */
export const projectRoutes: readonly ApiRoute[] = [
  {
    method: 'GET',
    pattern: '/api/v4/projects',
    handle: (call) => pagedReply(call.projects.list().map(projectView), call.query, call.url),
  },
  {
    method: 'GET',
    pattern: '/api/v4/projects/:id',
    handle: (call) => ({ status: 200, body: projectView(projectOf(call)) }),
  },
  {
    method: 'GET',
    pattern: '/api/v4/projects/:id/protected_branches',
    handle: (call) => pagedReply(projectOf(call).protectedBranches.map(branchView), call.query, call.url),
  },
  {
    method: 'GET',
    pattern: '/api/v4/projects/:id/protected_branches/:name',
    handle: (call) => ({ status: 200, body: branchView(branchOf(projectOf(call), call.parameters['name'])) }),
  },
  {
    method: 'POST',
    pattern: '/api/v4/projects/:id/protected_branches',
    handle: async (call) => {
      const project = projectOf(call);
      const { name } = await parametersOf(call);
      if (typeof name !== 'string' || name === '') throw badParameterError('name is missing');
      if (project.protectedBranches.some((branch) => branch.name === name)) {
        throw invalidError({ name: ['has already been taken'] });
      }
      const branch = { id: Math.max(0, ...project.protectedBranches.map(({ id }) => id)) + 1, name };
      project.protectedBranches.push(branch);
      call.projects.save(project);
      return { status: 201, body: branchView(branch) };
    },
  },
  {
    method: 'DELETE',
    pattern: '/api/v4/projects/:id/protected_branches/:name',
    handle: (call) => {
      const project = projectOf(call);
      const branch = branchOf(project, call.parameters['name']);
      project.protectedBranches = project.protectedBranches.filter((candidate) => candidate !== branch);
      call.projects.save(project);
      return { status: 204 };
    },
  },
];

function branchOf(project: Project, name: string | undefined): ProtectedBranch {
  const branch = project.protectedBranches.find((candidate) => candidate.name === name);
  if (!branch) throw notFoundError('ProtectedBranch');
  return branch;
}

function branchView(branch: ProtectedBranch): Record<string, unknown> {
  const maintainers = [{ id: branch.id, access_level: 40, access_level_description: 'Maintainers' }];
  return { ...branch, push_access_levels: maintainers, merge_access_levels: maintainers, allow_force_push: false };
}

function projectView(project: Project): Record<string, unknown> {
  return {
    id: project.id,
    name: project.path.split('/').at(-1),
    path: project.path.split('/').at(-1),
    path_with_namespace: project.path,
    default_branch: 'main',
    visibility: 'private',
    created_at: project.created_at,
  };
}
