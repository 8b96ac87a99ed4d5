import { type ApiRoute, type Call, parametersOf, projectOf } from '../call.ts';
import { badParameterError, invalidError, notFoundError } from '../errors.ts';
import type { DeployAccessLevel, Project, ProtectedEnvironment } from '../model.ts';
import { pagedReply } from '../paging.ts';
import { integerIn, type Parameters, recordsIn, requiredTextIn } from '../parameters.ts';

const base = '/api/v4/projects/:id/protected_environments';
const descriptions: Readonly<Record<number, string>> = {
  30: 'Developers + Maintainers',
  40: 'Maintainers',
  60: 'Admins',
};

/** A feature of GitLab Premium. @see https://docs.gitlab.com/api/protected_environments/ */
export const protectedEnvironmentRoutes: readonly ApiRoute[] = [
  {
    method: 'GET',
    pattern: base,
    handle: (call) => pagedReply(projectOf(call).protectedEnvironments ?? [], call.query, call.url),
  },
  {
    method: 'GET',
    pattern: `${base}/:name`,
    handle: (call) => ({ status: 200, body: protectedEnvironmentOf(call, projectOf(call)) }),
  },
  {
    method: 'POST',
    pattern: base,
    handle: async (call) => {
      const project = projectOf(call);
      const parameters = await parametersOf(call);
      const name = requiredTextIn(parameters, 'name');
      const levels = recordsIn(parameters, 'deploy_access_levels') ?? [];
      if (levels.length === 0) throw badParameterError('deploy_access_levels is missing');
      const rules = recordsIn(parameters, 'approval_rules') ?? [];
      if (project.protectedEnvironments?.some((one) => one.name === name)) {
        throw invalidError({ name: ['has already been taken'] });
      }
      const added: ProtectedEnvironment = {
        name,
        deploy_access_levels: levels.map((level, index) => accessLevelOf(level, index + 1)),
        required_approval_count: integerIn(parameters, 'required_approval_count') ?? 0,
        approval_rules: rules.map((rule, index) => ({
          ...accessLevelOf(rule, index + 1),
          required_approvals: integerIn(rule, 'required_approvals') ?? 1,
        })),
      };
      project.protectedEnvironments = [...(project.protectedEnvironments ?? []), added];
      call.projects.save(project);
      return { status: 201, body: added };
    },
  },
  {
    method: 'DELETE',
    pattern: `${base}/:name`,
    handle: (call) => {
      const project = projectOf(call);
      const removed = protectedEnvironmentOf(call, project);
      project.protectedEnvironments = project.protectedEnvironments?.filter((one) => one !== removed) ?? [];
      call.projects.save(project);
      return { status: 204 };
    },
  },
];

function protectedEnvironmentOf(call: Call, project: Project): ProtectedEnvironment {
  const found = project.protectedEnvironments?.find(({ name }) => name === call.parameters['name']);
  if (!found) throw notFoundError('ProtectedEnvironment');
  return found;
}

function accessLevelOf(given: Parameters, id: number): DeployAccessLevel {
  const access = integerIn(given, 'access_level') ?? null;
  const [user, group] = [integerIn(given, 'user_id') ?? null, integerIn(given, 'group_id') ?? null];
  if ([access, user, group].filter((one) => one !== null).length !== 1 || (access !== null && !descriptions[access])) {
    throw invalidError({ 'deploy_access_levels.base': ['is invalid'] });
  }
  return {
    id,
    access_level: access,
    access_level_description: access === null ? '' : descriptions[access]!,
    user_id: user,
    group_id: group,
    group_inheritance_type: integerIn(given, 'group_inheritance_type') ?? 0,
  };
}
