import { randomUUID } from 'node:crypto';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Clock } from '../time/clock.ts';
import { SandboxError } from '../errors/sandbox-error.ts';
import { BodyTooLargeError, originOf, send, targetOf } from '../http/exchange.ts';
import { matchRoute } from '../http/routes.ts';
import type { TaggedImageStore } from '../registry/image-store.ts';
import { type HerokuAssumptions, herokuAssumptions } from './assumptions.ts';
import { parseApiVersion, type ApiRoute } from './api/call.ts';
import {
  ApiError,
  notImplementedError,
  unknownPathError,
  notFoundError,
  rateLimitError,
  unauthorizedError,
} from './errors.ts';
import { LogSessions } from './api/log-sessions.ts';
import type { Platform } from './apps/platform.ts';
import { RateLimit } from './api/rate-limit.ts';
import { accountRoutes } from './routes/account.ts';
import { addonRoutes } from './routes/addons.ts';
import { appRoutes } from './routes/apps.ts';
import { catalogRoutes } from './routes/catalog.ts';
import { collaboratorRoutes } from './routes/collaborators.ts';
import { configVarRoutes } from './routes/config-vars.ts';
import { domainRoutes } from './routes/domains.ts';
import { dynoRoutes } from './routes/dynos.ts';
import { formationRoutes } from './routes/formation.ts';
import { logDrainRoutes } from './routes/log-drains.ts';
import { logSessionRoutes } from './routes/log-sessions.ts';
import { oneOffDynoRoutes } from './routes/one-off-dynos.ts';
import { pipelineCouplingRoutes } from './routes/pipeline-couplings.ts';
import { pipelineRoutes } from './routes/pipelines.ts';
import { releaseRoutes } from './routes/releases.ts';
import { methodOf, withEntityTag } from './api/http-semantics.ts';
import { isPublishedEndpoint } from './api/published-endpoints.ts';
import { streamLog, streamOutput } from './api/streams.ts';

export const herokuRoutes: readonly ApiRoute[] = [
  ...accountRoutes,
  ...addonRoutes,
  ...appRoutes,
  ...catalogRoutes,
  ...collaboratorRoutes,
  ...configVarRoutes,
  ...domainRoutes,
  ...dynoRoutes,
  ...formationRoutes,
  ...logDrainRoutes,
  ...logSessionRoutes,
  ...oneOffDynoRoutes,
  ...pipelineCouplingRoutes,
  ...pipelineRoutes,
  ...releaseRoutes,
];

export interface HerokuApiOptions {
  readonly platform: Platform;
  readonly images: TaggedImageStore;
  readonly clock: Clock;
  readonly assumptions?: HerokuAssumptions;
  readonly rateLimit?: RateLimit;
}

/**
 * Serves the Platform API v3, with the streams that its responses link to.
 * @see https://devcenter.heroku.com/articles/platform-api-reference
 */
export function createHerokuApi(options: HerokuApiOptions): RequestListener {
  const { platform, images, clock, assumptions = herokuAssumptions } = options;
  const { rateLimit = new RateLimit({ now: () => clock.elapsed() }) } = options;
  const logSessions = new LogSessions(clock);

  async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, query } = targetOf(request);
    if (serveStream(platform, logSessions, pathname, request, response)) return;
    const key = authenticate(request, platform);
    const isFree = pathname === '/account/rate-limits';
    if (!isFree && !rateLimit.take(key)) {
      response.setHeader('ratelimit-remaining', '0');
      throw rateLimitError();
    }
    const remaining = rateLimit.remaining(key);
    response.setHeader('ratelimit-remaining', String(remaining));
    const version = parseApiVersion(request.headers.accept);
    if (isFree) return send(response, { status: 200, body: { remaining } });
    const method = methodOf(request);
    const match = matchRoute(herokuRoutes, method, pathname);
    if (match.kind !== 'found') throw missingEndpointError(platform, method, pathname);
    const { parameters } = match;
    const baseUrl = originOf(request);
    const reply = await match.route.handle({
      platform,
      images,
      assumptions,
      logSessions,
      clock,
      request,
      response,
      parameters,
      baseUrl,
      query,
      version,
    });
    send(response, method === 'GET' ? withEntityTag(reply, request) : reply);
  }

  return (request, response) => {
    response.setHeader('request-id', randomUUID());
    respond(request, response).catch((error: unknown) => sendError(response, error));
  };
}

/** Returns the error for a path without a route: 404, or 501 if Heroku has it. A missing app comes first. */
function missingEndpointError(platform: Platform, method: string, pathname: string): ApiError {
  if (!isPublishedEndpoint(method, pathname)) return unknownPathError();
  const identity = /^\/apps\/([^/]+)\//.exec(pathname)?.[1];
  if (identity !== undefined && !platform.findApp(identity) && !platform.isForeign(identity)) {
    return notFoundError('app');
  }
  return notImplementedError(`${method} ${pathname}`);
}

/** Accepts `Authorization: Bearer KEY`, or Basic with the key as the password, as curl sends it from a .netrc file. */
function authenticate(request: IncomingMessage, platform: Platform): string {
  const [scheme = '', credentials = ''] = (request.headers.authorization ?? '').split(' ', 2);
  const key =
    scheme.toLowerCase() === 'basic'
      ? Buffer.from(credentials, 'base64')
          .toString('utf8')
          .replace(/^[^:]*:/, '')
      : scheme.toLowerCase() === 'bearer'
        ? credentials
        : '';
  if (!platform.isKey(key)) throw unauthorizedError();
  return key;
}

/** Streams need no key: their URL is the secret, as on Heroku, where other hosts serve them. */
function serveStream(
  platform: Platform,
  logSessions: LogSessions,
  pathname: string,
  request: IncomingMessage,
  response: ServerResponse,
): boolean {
  const [, kind, token = ''] = /^\/(streams|sessions)\/([^/]+)$/.exec(pathname) ?? [];
  if (!kind || request.method !== 'GET') return false;
  if (kind === 'sessions') {
    const session = logSessions.find(token);
    if (!session) throw notFoundError('log session');
    streamLog(session, request, response);
    return true;
  }
  for (const app of platform.apps()) {
    const release = app.record.releases.find(({ outputToken }) => outputToken === token);
    if (release) {
      streamOutput(app, release, request, response);
      return true;
    }
  }
  throw notFoundError('stream');
}

function sendError(response: ServerResponse, error: unknown): void {
  if (response.headersSent || response.destroyed) {
    response.destroy();
    return;
  }
  const apiError = toApiError(error);
  if (apiError.status === 413) response.setHeader('connection', 'close');
  send(response, {
    status: apiError.status,
    body: { id: apiError.id, message: apiError.message, url: helpUrlOf(apiError) },
  });
}

function toApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  if (error instanceof BodyTooLargeError) return new ApiError(413, 'request_entity_too_large', error.message);
  if (error instanceof SandboxError) return new ApiError(503, 'service_unavailable', error.message);
  return new ApiError(500, 'internal_server_error', error instanceof Error ? error.message : String(error));
}

function helpUrlOf(error: ApiError): string {
  return error.id === 'rate_limit'
    ? 'https://devcenter.heroku.com/articles/platform-api-reference#rate-limits'
    : 'https://devcenter.heroku.com/articles/platform-api-reference#errors';
}
