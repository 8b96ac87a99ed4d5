import { isRecord } from '../../http/exchange.ts';
import { type ApiRoute, parametersOf, projectOf } from '../call.ts';
import { badParameterError, GitlabError, invalidError, notFoundError } from '../errors.ts';
import type { AccessLevel, Project, ProtectedBranch } from '../model.ts';
import { pagedReply } from '../paging.ts';

const base = '/api/v4/projects/:id/protected_branches';
const descriptions: Readonly<Record<number, string>> = {
  0: 'No one',
  30: 'Developers + Maintainers',
  40: 'Maintainers',
  60: 'Administrators',
};

type Parameters = Readonly<Record<string, unknown>>;

/** @see https://docs.gitlab.com/api/protected_branches/ */
export const protectedBranchRoutes: readonly ApiRoute[] = [
  {
    method: 'GET',
    pattern: base,
    handle: (call) => pagedReply(projectOf(call).protectedBranches.map(branchView), call.query, call.url),
  },
  {
    method: 'GET',
    pattern: `${base}/:name`,
    handle: (call) => ({ status: 200, body: branchView(branchOf(projectOf(call), call.parameters['name'])) }),
  },
  {
    method: 'POST',
    pattern: base,
    handle: async (call) => {
      const project = projectOf(call);
      const parameters = await parametersOf(call);
      const { name } = parameters;
      if (typeof name !== 'string' || name === '') throw badParameterError('name is missing');
      if (project.protectedBranches.some((branch) => branch.name === name)) {
        // GitLab's status for this one is 409.
        throw new GitlabError(409, { message: `Protected branch '${name}' already exists` });
      }
      const id = Math.max(0, ...project.protectedBranches.map((branch) => branch.id)) + 1;
      const branch = { id, name, ...settingsIn(parameters) };
      project.protectedBranches.push(branch);
      call.projects.save(project);
      return { status: 201, body: branchView(branch) };
    },
  },
  {
    method: 'PATCH',
    pattern: `${base}/:name`,
    handle: async (call) => {
      const project = projectOf(call);
      const before = branchOf(project, call.parameters['name']);
      const after = { ...before, ...settingsIn(await parametersOf(call)) };
      project.protectedBranches = project.protectedBranches.map((branch) => (branch === before ? after : branch));
      call.projects.save(project);
      return { status: 200, body: branchView(after) };
    },
  },
  {
    method: 'DELETE',
    pattern: `${base}/:name`,
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

/** Reads a role (`push_access_level`) and a list (`allowed_to_push`), which add up. Throws 400. */
function settingsIn(parameters: Parameters): Omit<ProtectedBranch, 'id' | 'name'> {
  const levels = (role: string, list: string): readonly AccessLevel[] | undefined => {
    const given = parameters[role] === undefined ? [] : [{ access_level: Number(parameters[role]) }];
    const more = parameters[list] === undefined ? [] : listOf(parameters[list], list);
    return given.length + more.length === 0 ? undefined : [...given, ...more].map((level) => levelOf(level));
  };
  const flag = (name: string): boolean | undefined =>
    parameters[name] === undefined ? undefined : [true, 'true', 1, '1'].includes(parameters[name] as never);
  const settings = {
    push: levels('push_access_level', 'allowed_to_push'),
    merge: levels('merge_access_level', 'allowed_to_merge'),
    unprotect: levels('unprotect_access_level', 'allowed_to_unprotect'),
    allowForcePush: flag('allow_force_push'),
    codeOwnerApproval: flag('code_owner_approval_required'),
  };
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined));
}

function listOf(value: unknown, name: string): Record<string, unknown>[] {
  if (!Array.isArray(value) || !value.every(isRecord)) throw badParameterError(`${name} is invalid`);
  return value;
}

function levelOf(given: Readonly<Record<string, unknown>>): AccessLevel {
  const number = (name: string): number | null => (given[name] === undefined ? null : Number(given[name]));
  const level = {
    access_level: number('access_level'),
    user_id: number('user_id'),
    group_id: number('group_id'),
    deploy_key_id: number('deploy_key_id'),
  };
  const set = Object.values(level).filter((value) => value !== null);
  if (set.length !== 1 || (level.access_level !== null && descriptions[level.access_level] === undefined))
    throw invalidError({ access_level: ['is not included in the list'] });
  return level;
}

const maintainers: readonly AccessLevel[] = [{ access_level: 40, user_id: null, group_id: null, deploy_key_id: null }];

function branchView({ id, name, push, merge, unprotect, ...flags }: ProtectedBranch): Record<string, unknown> {
  const view = (levels: readonly AccessLevel[]): object[] =>
    levels.map((level, index) => ({
      id: id * 100 + index,
      ...level,
      access_level_description: level.access_level === null ? '' : descriptions[level.access_level],
    }));
  return {
    id,
    name,
    push_access_levels: view(push ?? maintainers),
    merge_access_levels: view(merge ?? maintainers),
    unprotect_access_levels: view(unprotect ?? []),
    allow_force_push: flags.allowForcePush ?? false,
    code_owner_approval_required: flags.codeOwnerApproval ?? false,
    inherited: false,
  };
}
