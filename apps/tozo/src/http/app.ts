import type { IncomingMessage, ServerResponse } from 'node:http';
import { StoreError, type TodoStore } from '../store.ts';
import { type HttpResponse, page, HttpError, errorJson, statusText } from './response.ts';
import { apiRoutes } from './api.ts';
import { assetRoutes } from './assets.ts';
import { healthRoutes } from './health.ts';
import { renderProblem } from './page.ts';
import { pageRoutes } from './pages.ts';
import { route, type Routes } from './router.ts';
import { isSameOrigin } from './same-origin.ts';

export interface AppOptions {
  readonly store: TodoStore;
  /** The directory of the page's style, script and icon. */
  readonly assets: URL;
  readonly sourceDigest?: string;
  /** Called with one line for each request that failed because of the app or its database. */
  readonly log: (line: string) => void;
}

export type App = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

const securityHeaders = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  // With `no-referrer`, browsers would send `Origin: null` with the page's own forms.
  'referrer-policy': 'same-origin',
};

/** Creates the to-do list: a page, a JSON API under /api, and /health. Every response names its source digest. */
export async function createApp({ store, assets, sourceDigest, log }: AppOptions): Promise<App> {
  const routes: Routes = {
    ...pageRoutes(store, sourceDigest),
    ...apiRoutes(store),
    ...healthRoutes(store, log),
    ...(await assetRoutes(assets)),
  };
  const common = { ...securityHeaders, ...sourceHeader(sourceDigest) };

  const respond = async (request: IncomingMessage): Promise<HttpResponse> => {
    const path = (request.url ?? '/').split('?')[0] ?? '/';
    try {
      const { handler, parameter } = route(routes, request.method ?? 'GET', path);
      if (changesData(request) && !isSameOrigin(request.headers))
        throw new HttpError(403, 'cross_origin', 'This request comes from another site.');
      return await handler(request, parameter);
    } catch (error) {
      const httpError = toHttpError(error, (line) => log(`${request.method} ${path}: ${line}`));
      if (path.startsWith('/api/')) return errorJson(httpError);
      const { status, message, headers } = httpError;
      return page(status, renderProblem(statusText(status), message, sourceDigest), headers);
    }
  };

  return async (request, response) => {
    const { status, headers, body } = await respond(request);
    if (response.destroyed) return;
    const length = status === 204 || status === 304 ? {} : { 'content-length': Buffer.byteLength(body) };
    response.writeHead(status, { ...common, ...headers, ...length });
    response.end(request.method === 'HEAD' ? undefined : body);
  };
}

/** Returns the header with the source digest, or no header if the digest is unknown. */
export function sourceHeader(sourceDigest: string | undefined): Record<string, string> {
  return sourceDigest === undefined ? {} : { 'x-source-digest': sourceDigest };
}

function changesData({ method }: IncomingMessage): boolean {
  return method !== 'GET' && method !== 'HEAD';
}

/** Returns what visitors see of an error. Everything they can't act on goes to the log. */
function toHttpError(error: unknown, log: (line: string) => void): HttpError {
  if (error instanceof HttpError) return error;
  if (error instanceof StoreError) {
    log(error.message);
    const retry = { headers: { 'retry-after': '5' }, cause: error };
    return new HttpError(503, 'unavailable', 'The list is unavailable. Try again in a moment.', retry);
  }
  log(error instanceof Error ? (error.stack ?? error.message) : String(error));
  return new HttpError(500, 'internal', 'Something went wrong. The error was logged.', { cause: error });
}
