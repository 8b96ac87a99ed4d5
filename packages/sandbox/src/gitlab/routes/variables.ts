import { isRecord } from '../../http/exchange.ts';
import { type ApiRoute, type Call, parametersOf, projectOf } from '../call.ts';
import { GitlabError, invalidError, notFoundError } from '../errors.ts';
import type { Project, Variable } from '../model.ts';
import { pagedReply } from '../paging.ts';
import { createdVariable, maxVariables, updatedVariable } from '../variable-rules.ts';

/** @see https://docs.gitlab.com/api/project_level_variables/ */
export const variableRoutes: readonly ApiRoute[] = [
  {
    method: 'GET',
    pattern: '/api/v4/projects/:id/variables',
    handle: (call) => pagedReply(projectOf(call).variables.map(variableView), call.query, call.url),
  },
  {
    method: 'POST',
    pattern: '/api/v4/projects/:id/variables',
    handle: async (call) => {
      const project = projectOf(call);
      const variable = createdVariable(await parametersOf(call));
      assertUnique(project, variable);
      if (project.variables.length >= maxVariables) {
        throw invalidError({
          base: [`Maximum number of project ci variables (${maxVariables}) exceeded`],
        });
      }
      project.variables.push(variable);
      call.projects.save(project);
      return { status: 201, body: variableView(variable) };
    },
  },
  {
    method: 'GET',
    pattern: '/api/v4/projects/:id/variables/:key',
    handle: (call) => ({ status: 200, body: variableView(variableOf(call, projectOf(call), {})) }),
  },
  {
    method: 'PUT',
    pattern: '/api/v4/projects/:id/variables/:key',
    handle: async (call) => {
      const project = projectOf(call);
      const parameters = await parametersOf(call);
      const before = variableOf(call, project, parameters);
      const after = updatedVariable(before, parameters);
      assertUnique(project, after, before);
      project.variables = project.variables.map((variable) => (variable === before ? after : variable));
      call.projects.save(project);
      return { status: 200, body: variableView(after) };
    },
  },
  {
    method: 'DELETE',
    pattern: '/api/v4/projects/:id/variables/:key',
    handle: async (call) => {
      const project = projectOf(call);
      const found = variableOf(call, project, await parametersOf(call));
      project.variables = project.variables.filter((variable) => variable !== found);
      call.projects.save(project);
      return { status: 204 };
    },
  },
];

/** Finds a variable by key and exact environment scope, if given. Throws 404 for none, 409 for several. */
function variableOf(call: Call, project: Project, parameters: Readonly<Record<string, unknown>>): Variable {
  const key = call.parameters['key'];
  const filter = parameters['filter'];
  const scope =
    call.query.get('filter[environment_scope]') ??
    (isRecord(filter) ? filter['environment_scope'] : parameters['filter[environment_scope]']);
  const found = project.variables.filter(
    (variable) => variable.key === key && (typeof scope !== 'string' || variable.environment_scope === scope),
  );
  if (found.length > 1) {
    throw new GitlabError(409, {
      message: "There are multiple variables with provided parameters. Please use 'filter[environment_scope]'",
    });
  }
  if (!found[0]) throw notFoundError('Variable');
  return found[0];
}

function assertUnique(project: Project, variable: Variable, except?: Variable): void {
  const isTaken = project.variables.some(
    (other) => other !== except && other.key === variable.key && other.environment_scope === variable.environment_scope,
  );
  if (isTaken) throw invalidError({ key: [`(${variable.key}) has already been taken`] });
}

function variableView(variable: Variable): Record<string, unknown> {
  return { ...variable, value: variable.hidden ? null : variable.value };
}
