import type { IncomingMessage } from 'node:http';
import { targetOf } from '../http/exchange.ts';
import { GitlabError, unauthorizedError } from './errors.ts';

/** A token of a person or a bot, in addition to the Maintainer's. */
export interface GitlabToken {
  readonly token: string;
  /** The role in every project. Default `maintainer`. */
  readonly role?: 'developer' | 'maintainer';
  /** Scopes of a token that isn't fine-grained. Default `['api']`. */
  readonly scopes?: readonly ('api' | 'read_api')[];
  /**
   * Permissions of a fine-grained token, such as `Variable: Read`, in place of scopes.
   * @see https://docs.gitlab.com/auth/tokens/fine_grained_access_tokens_rest/
   */
  readonly permissions?: readonly string[];
}

export interface GitlabAccess extends MoreAccess {
  /** A Maintainer's token with scope `api`. */
  readonly token: string;
  /** The CI_JOB_TOKEN of CI jobs. */
  readonly jobToken: string;
}

/** More tokens, and what job tokens may do. */
export interface MoreAccess {
  readonly tokens?: readonly GitlabToken[];
  /**
   * The permissions of job tokens, such as `READ_DEPLOYMENTS`. Default: the project doesn't use fine-grained ones.
   * @see https://docs.gitlab.com/ci/jobs/fine_grained_permissions/
   */
  readonly jobPermissions?: readonly string[];
}

/** Who calls. */
export type Caller =
  | { readonly kind: 'person'; readonly token: GitlabToken }
  | { readonly kind: 'job'; readonly permissions: readonly string[] | undefined };

/** Identifies the caller by `PRIVATE-TOKEN`, `Authorization: Bearer` or `JOB-TOKEN`, or by a token in the query. Throws 401. */
export function callerOf(request: IncomingMessage, access: GitlabAccess): Caller {
  const bearer = /^bearer (.+)$/i.exec(request.headers.authorization ?? '')?.[1];
  const { query } = targetOf(request);
  const basic = basicLogin(request);
  if (basic?.username === 'gitlab-ci-token' && basic.password === access.jobToken)
    return { kind: 'job', permissions: access.jobPermissions };
  const given = request.headers['private-token'] ?? bearer ?? query.get('private_token') ?? basic?.password;
  if (given !== undefined) {
    const token = [{ token: access.token }, ...(access.tokens ?? [])].find((one) => one.token === given);
    if (!token) throw unauthorizedError();
    return { kind: 'person', token };
  }
  if ((request.headers['job-token'] ?? query.get('job_token')) !== access.jobToken) throw unauthorizedError();
  return { kind: 'job', permissions: access.jobPermissions };
}

/** Terraform's state is the only part of the API with a Basic login: the password is a token. */
function basicLogin(request: IncomingMessage): { readonly username: string; readonly password: string } | undefined {
  const encoded = /^basic (.+)$/i.exec(request.headers.authorization ?? '')?.[1];
  if (encoded === undefined || !/\/terraform\/state\//.test(targetOf(request).pathname)) return undefined;
  const [, username = '', password = ''] =
    /^([^:]*):(.*)$/s.exec(Buffer.from(encoded, 'base64').toString('utf8')) ?? [];
  return { username, password };
}

interface Resource {
  /** As in the permissions of fine-grained tokens. */
  readonly name: string;
  readonly role: 'developer' | 'maintainer';
  /** The role for changes. Default: `role`. */
  readonly writeRole?: 'maintainer';
  /** As in the permissions of job tokens: `DEPLOYMENTS` in `READ_DEPLOYMENTS`. */
  readonly jobPolicy?: string;
}

/** By the path's segment after the project. */
const resources: Readonly<Record<string, Resource>> = {
  variables: { name: 'Variable', role: 'maintainer' },
  protected_branches: { name: 'Protected Branch', role: 'maintainer' },
  protected_environments: { name: 'Protected Environment', role: 'maintainer' },
  deployments: { name: 'Deployment', role: 'developer', jobPolicy: 'deployments' },
  terraform: { name: 'Terraform State', role: 'developer', writeRole: 'maintainer', jobPolicy: 'terraform_state' },
  environments: { name: 'Environment', role: 'developer', jobPolicy: 'environments' },
};
const project: Resource = { name: 'Project', role: 'developer', writeRole: 'maintainer' };

/**
 * Throws GitLab's 401 or 403 if the caller may not use a route.
 * @param pattern the route's path, such as `/api/v4/projects/:id/variables`
 */
export function assertAllowed(caller: Caller, method: string, pattern: string, projectPath: string): void {
  const [, , , , , segment = '', , action] = pattern.split('/');
  const resource = resources[segment] ?? project;
  const isRead = method === 'GET' || method === 'HEAD';
  if (caller.kind === 'job') {
    if (resource.jobPolicy === undefined) throw unauthorizedError();
    const policy = `${isRead ? 'read' : 'admin'}_${resource.jobPolicy}`;
    if (!isPermitted(caller.permissions, resource.jobPolicy, isRead)) throw jobForbiddenError(projectPath, policy);
    return;
  }
  const { role = 'maintainer', scopes = ['api'], permissions } = caller.token;
  if (permissions) {
    const permission = `${resource.name}: ${isRead ? 'Read' : (actions[action ?? ''] ?? actions[method] ?? method)}`;
    if (!permissions.includes(permission)) throw granularError(permission);
  } else if (!scopes.includes('api') && !(isRead && scopes.includes('read_api'))) throw scopeError();
  const needed = isRead ? resource.role : (resource.writeRole ?? resource.role);
  if (needed === 'maintainer' && role === 'developer' && pattern !== '/api/v4/projects') throw forbiddenError();
}

const actions: Readonly<Record<string, string>> = { POST: 'Create', PUT: 'Update', DELETE: 'Delete', stop: 'Stop' };

/** Write permissions include reading. */
function isPermitted(permissions: readonly string[] | undefined, policy: string, isRead: boolean): boolean {
  if (permissions === undefined) return true;
  const granted = permissions.map((name) => name.toLowerCase());
  return granted.includes(`admin_${policy}`) || (isRead && granted.includes(`read_${policy}`));
}

const forbiddenError = (): GitlabError => new GitlabError(403, { message: '403 Forbidden' });

const scopeError = (): GitlabError =>
  new GitlabError(403, {
    error: 'insufficient_scope',
    error_description: 'The request requires higher privileges than provided by the access token.',
    scope: 'api',
  });

const granularError = (permission: string): GitlabError =>
  new GitlabError(403, {
    error: 'insufficient_granular_scope',
    error_description: `Access denied: This operation requires a fine-grained personal access token with the following project permissions: [${permission}].`,
  });

const jobForbiddenError = (projectPath: string, policy: string): GitlabError =>
  new GitlabError(403, {
    message: `403 Forbidden - Insufficient permissions to access this resource in project ${projectPath}. The following token permission is required: ${policy}.`,
  });
