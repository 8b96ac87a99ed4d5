import { type ApiRoute, parametersOf, projectOf } from '../call.ts';
import { GitlabError, invalidError, notFoundError } from '../errors.ts';
import { isFound } from '../listing.ts';
import type { AccessLevel, Project, ProtectedBranch } from '../model.ts';
import { pagedReply } from '../paging.ts';
import { choiceIn, flagIn, integerIn, type Parameters, recordsIn, requiredTextIn } from '../parameters.ts';

const base = '/api/v4/projects/:id/protected_branches';
const descriptions: Readonly<Record<number, string>> = {
  0: 'No one',
  30: 'Developers + Maintainers',
  40: 'Maintainers',
  60: 'Administrators',
};

/** @see https://docs.gitlab.com/api/protected_branches/ */
export const protectedBranchRoutes: readonly ApiRoute[] = [
  {
    method: 'GET',
    pattern: base,
    handle: (call) => {
      const search = call.query.get('search') ?? undefined;
      const found = projectOf(call).protectedBranches.filter(({ name }) => isFound(search, [name]));
      return pagedReply(found.map(branchView), call.query, call.url);
    },
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
      const name = requiredTextIn(parameters, 'name');
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
    const level = choiceIn(parameters, role, Object.keys(descriptions).map(Number));
    const more = recordsIn(parameters, list) ?? [];
    const all = [...(level === undefined ? [] : [{ access_level: level }]), ...more];
    return all.length === 0 ? undefined : all.map(levelOf);
  };
  const settings = {
    push: levels('push_access_level', 'allowed_to_push'),
    merge: levels('merge_access_level', 'allowed_to_merge'),
    unprotect: levels('unprotect_access_level', 'allowed_to_unprotect'),
    allowForcePush: flagIn(parameters, 'allow_force_push'),
    codeOwnerApproval: flagIn(parameters, 'code_owner_approval_required'),
  };
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined));
}

function levelOf(given: Parameters): AccessLevel {
  const level = {
    access_level: integerIn(given, 'access_level') ?? null,
    user_id: integerIn(given, 'user_id') ?? null,
    group_id: integerIn(given, 'group_id') ?? null,
    deploy_key_id: integerIn(given, 'deploy_key_id') ?? null,
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
