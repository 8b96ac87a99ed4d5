import { InfrastructureError } from '../errors.ts';
import { connectGitlab, connectHeroku, type ApiResponse, type ReadApi } from './api.ts';
import type { StoredResource } from './state.ts';
import type { TerraformFile } from './terraform-file.ts';

type Fields = Readonly<Record<string, unknown>>;
const maintainer = 40;
const roles: Readonly<Record<number, string>> = {
  5: 'Minimal Access',
  10: 'Guest',
  15: 'Planner',
  20: 'Reporter',
  30: 'Developer',
};

/**
 * Checks that both tokens may change what Terraform is about to change, because an apply that may only read fails half-way. What
 * can't be read isn't judged.
 * @throws InfrastructureError ACCESS_DENIED that names the role, scope or permission
 */
export async function assertWriteAccess(
  file: TerraformFile,
  stored: readonly StoredResource[],
  options: { readonly env: NodeJS.ProcessEnv; readonly signal?: AbortSignal | undefined },
): Promise<void> {
  const uses = (provider: string): boolean => file.resources.some(({ type }) => type.startsWith(provider));
  const ofType = (type: string): StoredResource[] => stored.filter((resource) => resource.type === type);
  const projects = ofType('gitlab_project').flatMap(({ id }) => id ?? []);
  if (projects.length === 0 && file.existingProject !== undefined) projects.push(file.existingProject);
  const problems = await Promise.all([
    uses('gitlab_') ? gitlabProblems(connectGitlab(file, options), projects) : [],
    uses('heroku_') ? herokuProblems(connectHeroku(options), ofType('heroku_app')) : [],
  ]);
  const found = problems.flat();
  if (found.length > 0) throw new InfrastructureError('ACCESS_DENIED', found.join('\n'));
}

async function gitlabProblems(read: ReadApi, projects: readonly string[]): Promise<string[]> {
  const token = await attempt(read, '/personal_access_tokens/self');
  if (token?.status === 401)
    return ['GITLAB_TOKEN is rejected by GitLab: it is revoked, expired or incomplete. Create another one.'];
  const { scopes } = fieldsOf(token);
  if (
    Array.isArray(scopes) &&
    scopes.length > 0 &&
    !scopes.includes('api') &&
    scopes.every((scope) => /^(read_|sudo|k8s)/.test(String(scope)))
  )
    return [`GITLAB_TOKEN has the scopes ${scopes.join(', ')}, and changes need the scope api: create another one.`];
  return (await Promise.all(projects.map((project) => projectProblems(read, project)))).flat();
}

async function projectProblems(read: ReadApi, project: string): Promise<string[]> {
  const { permissions, path_with_namespace: path } = fieldsOf(
    await attempt(read, `/projects/${encodeURIComponent(project)}`),
  );
  if (typeof permissions !== 'object' || permissions === null) return [];
  const levels = Object.values(permissions as Record<string, { access_level?: number } | null>);
  const level = Math.max(0, ...levels.map((access) => access?.access_level ?? 0));
  // Administrators and owners of a parent group have no level of their own here.
  if (level === 0 || level >= maintainer) return [];
  return [
    `GITLAB_TOKEN has the role ${roles[level] ?? level} in ${String(path)}, and changes of the project need the role Maintainer.`,
  ];
}

async function herokuProblems(read: ReadApi, apps: readonly StoredResource[]): Promise<string[]> {
  const account = await attempt(read, '/account');
  if (account?.status === 401)
    return [
      'HEROKU_API_KEY is rejected by Heroku: it is revoked, expired or incomplete. Create another one: heroku authorizations:create',
    ];
  const { email } = fieldsOf(account);
  if (typeof email !== 'string') return [];
  return (await Promise.all(apps.map((app) => appProblems(read, app, email)))).flat();
}

async function appProblems(read: ReadApi, { id, attributes }: StoredResource, email: string): Promise<string[]> {
  if (id === undefined) return [];
  const team = await attempt(read, `/teams/apps/${id}/collaborators/${encodeURIComponent(email)}`);
  const { permissions } = fieldsOf(team);
  if (!Array.isArray(permissions)) return [];
  const names = permissions.map((permission) => String((permission as Fields)['name']));
  const missing = ['deploy', 'operate', 'manage'].filter((name) => !names.includes(name));
  if (missing.length === 0) return [];
  const app = String(attributes['name']);
  return [
    `HEROKU_API_KEY is of ${email}, who lacks the permission ${missing.join(' and ')} of the app ${app}: heroku access:update ${email} --permissions deploy,operate,manage,view -a ${app}`,
  ];
}

function fieldsOf(response: ApiResponse | undefined): Fields {
  const body = response?.status === 200 ? response.body : undefined;
  return typeof body === 'object' && body !== null ? (body as Fields) : {};
}

/** Returns undefined where nothing is known: Terraform then meets the failure itself. */
async function attempt(read: ReadApi, path: string): Promise<ApiResponse | undefined> {
  try {
    return await read(path);
  } catch {
    return undefined;
  }
}
