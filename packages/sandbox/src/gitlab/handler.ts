import { randomUUID } from 'node:crypto';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { SandboxError } from '../errors/sandbox-error.ts';
import { BodyTooLargeError, originOf, send, targetOf } from '../http/exchange.ts';
import { decodeSegment, matchRoute } from '../http/routes.ts';
import { assertAllowed, callerOf, type GitlabAccess } from './access.ts';
import type { ApiRoute } from './call.ts';
import { GitlabError, methodNotAllowedError, noSuchPathError, notFoundError, notImplementedError } from './errors.ts';
import { assertServed } from './listing.ts';
import type { Projects } from './projects.ts';
import { gitlabEndpoints } from './published/endpoints.ts';
import { GitlabRateLimit } from './rate-limit.ts';
import { deploymentRoutes } from './routes/deployments.ts';
import { environmentRoutes } from './routes/environments.ts';
import { accountRoutes } from './routes/account.ts';
import { projectRoutes } from './routes/projects.ts';
import { protectedBranchRoutes } from './routes/protected-branches.ts';
import { protectedEnvironmentRoutes } from './routes/protected-environments.ts';
import { terraformStateRoutes } from './routes/terraform-states.ts';
import { variableRoutes } from './routes/variables.ts';
import type { TerraformStates } from './terraform-states.ts';

export const gitlabRoutes: readonly ApiRoute[] = [
  ...accountRoutes,
  ...projectRoutes,
  ...protectedBranchRoutes,
  ...terraformStateRoutes,
  ...variableRoutes,
  ...deploymentRoutes,
  ...environmentRoutes,
  ...protectedEnvironmentRoutes,
];

export interface GitlabApiOptions extends GitlabAccess {
  readonly projects: Projects;
  readonly states: TerraformStates;
  readonly rateLimit?: GitlabRateLimit;
}

/** Serves GitLab's API v4: CI/CD variables, deployments, environments and branches (also protected ones), projects and Terraform's state. @see https://docs.gitlab.com/api/rest/ */
export function createGitlabApi(options: GitlabApiOptions): RequestListener {
  const { clock } = options.projects;
  const { rateLimit = new GitlabRateLimit({ now: () => clock.now() }) } = options;

  async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const caller = callerOf(request, options);
    const { isOver, headers } = rateLimit.count(caller.kind === 'job' ? 'job' : caller.token.token);
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    if (isOver) return send(response, { status: 429, body: 'Retry later\n', headers: plainText });
    const { pathname, query } = targetOf(request);
    const method = request.method === 'HEAD' ? 'GET' : (request.method ?? '');
    const match = matchRoute(gitlabRoutes, method, pathname);
    if (match.kind !== 'found') throw missingEndpointError(options.projects, method, pathname);
    const { route, parameters } = match;
    for (const name of ['private_token', 'job_token']) query.delete(name);
    const project = options.projects.find(parameters['id'] ?? '');
    assertAllowed(caller, request.method ?? '', route.pattern, project?.path.split('/').at(-1) ?? '');
    assertServed(`${route.method} ${pathname}`, query, route.lacks);
    const url = `${originOf(request)}${pathname}`;
    const { projects, states } = options;
    send(response, await route.handle({ projects, states, caller, request, parameters, query, url }));
  }

  return (request, response) => {
    response.setHeader('x-request-id', randomUUID());
    respond(request, response).catch((error: unknown) => sendError(response, error));
  };
}

/** Returns the error for a path without a route: 404 or 405, or 501 if GitLab has it. A missing project comes first. */
function missingEndpointError(projects: Projects, method: string, pathname: string): GitlabError {
  const methods = gitlabEndpoints.methodsOf(pathname);
  if (methods.length === 0) return noSuchPathError();
  const identity = /^\/api\/v4\/projects\/([^/]+)\//.exec(pathname)?.[1];
  if (identity !== undefined && !projects.find(decodeSegment(identity) ?? '')) return notFoundError('Project');
  return methods.includes(method) ? notImplementedError(`${method} ${pathname}`) : methodNotAllowedError();
}

const plainText = { 'content-type': 'text/plain' };

function sendError(response: ServerResponse, error: unknown): void {
  if (response.headersSent || response.destroyed) {
    response.destroy();
    return;
  }
  if (error instanceof GitlabError) return send(response, { status: error.status, body: error.body });
  if (error instanceof BodyTooLargeError) {
    return send(response, { status: 413, body: { error: error.message }, headers: { connection: 'close' } });
  }
  if (error instanceof SandboxError) return send(response, { status: 503, body: { message: error.message } });
  send(response, { status: 500, body: { message: '500 Internal Server Error' } });
}
