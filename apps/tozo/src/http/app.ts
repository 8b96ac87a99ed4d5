import type { IncomingMessage, ServerResponse } from 'node:http';
import { StoreError, type TodoStore } from '../store.ts';
import { type Answer, page, Refusal, refusalAsJson, statusText } from './answer.ts';
import { apiRoutes } from './api.ts';
import { assetRoutes } from './assets.ts';
import { healthRoutes } from './health.ts';
import { renderProblem } from './page.ts';
import { pageRoutes } from './pages.ts';
import { route, type Routes } from './router.ts';
import { isSameOrigin } from './same-origin.ts';

export interface AppOptions {
  readonly store: TodoStore;
  /** The folder of the page's style, script and icon. */
  readonly assets: URL;
  readonly sourceDigest?: string;
  /** Gets one line for each request that failed for a reason of ours. */
  readonly log: (line: string) => void;
}

export type App = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

const securityHeaders = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  // Not `no-referrer`: browsers would then send `Origin: null` with the page's own forms.
  'referrer-policy': 'same-origin',
};

/** The to-do list: a page, a JSON API under /api, and /health. Every answer says which source it comes from. */
export async function createApp({ store, assets, sourceDigest, log }: AppOptions): Promise<App> {
  const routes: Routes = {
    ...pageRoutes(store, sourceDigest),
    ...apiRoutes(store),
    ...healthRoutes(store, log),
    ...(await assetRoutes(assets)),
  };
  const common = { ...securityHeaders, ...sourceHeader(sourceDigest) };

  const answer = async (request: IncomingMessage): Promise<Answer> => {
    const path = (request.url ?? '/').split('?')[0] ?? '/';
    try {
      const { handler, parameter } = route(routes, request.method ?? 'GET', path);
      if (changes(request) && !isSameOrigin(request.headers))
        throw new Refusal(403, 'cross_origin', 'This request comes from another site.');
      return await handler(request, parameter);
    } catch (error) {
      const refusal = asRefusal(error, (line) => log(`${request.method} ${path}: ${line}`));
      if (path.startsWith('/api/')) return refusalAsJson(refusal);
      const { status, message, headers } = refusal;
      return page(status, renderProblem(statusText(status), message, sourceDigest), headers);
    }
  };

  return async (request, response) => {
    const { status, headers, body } = await answer(request);
    if (response.destroyed) return;
    const length = status === 204 || status === 304 ? {} : { 'content-length': Buffer.byteLength(body) };
    response.writeHead(status, { ...common, ...headers, ...length });
    response.end(request.method === 'HEAD' ? undefined : body);
  };
}

/** The header in which an answer names its source; none when the source is not known. */
export function sourceHeader(sourceDigest: string | undefined): Record<string, string> {
  return sourceDigest === undefined ? {} : { 'x-source-digest': sourceDigest };
}

function changes({ method }: IncomingMessage): boolean {
  return method !== 'GET' && method !== 'HEAD';
}

/** What a visitor is told of an error: what they can act on; everything else goes to the log. */
function asRefusal(error: unknown, log: (line: string) => void): Refusal {
  if (error instanceof Refusal) return error;
  if (error instanceof StoreError) {
    log(error.message);
    const retry = { headers: { 'retry-after': '5' }, cause: error };
    return new Refusal(503, 'unavailable', 'The list cannot be reached just now. Try again in a moment.', retry);
  }
  log(error instanceof Error ? (error.stack ?? error.message) : String(error));
  return new Refusal(500, 'internal', 'Something went wrong here, and it has been logged.', { cause: error });
}
