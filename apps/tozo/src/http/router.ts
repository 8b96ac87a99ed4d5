import type { IncomingMessage } from 'node:http';
import { type HttpResponse, HttpError } from './response.ts';

/** Handles a request. `parameter` is the `:id` in the path. */
export type Handler = (request: IncomingMessage, parameter: string) => HttpResponse | Promise<HttpResponse>;

/** Keys are `METHOD /path`. One segment of the path can be `:id`. */
export type Routes = Readonly<Record<string, Handler>>;

/**
 * Finds the handler of a method and a path. HEAD is handled as GET.
 * @throws HttpError 404 for an unknown path, 405 with `Allow` if the path has only other methods
 */
export function route(routes: Routes, method: string, path: string): { handler: Handler; parameter: string } {
  const effectiveMethod = method === 'HEAD' ? 'GET' : method;
  const allowed: string[] = [];
  for (const [key, handler] of Object.entries(routes)) {
    const [routeMethod = '', pattern = ''] = key.split(' ');
    const parameter = match(pattern, path);
    if (parameter === undefined) continue;
    if (routeMethod === effectiveMethod) return { handler, parameter };
    allowed.push(...(routeMethod === 'GET' ? ['GET', 'HEAD'] : [routeMethod]));
  }
  if (allowed.length === 0) throw new HttpError(404, 'not_found', 'Page not found.');
  const allow = allowed.join(', ');
  throw new HttpError(405, 'method_not_allowed', `Method not allowed: use ${allow}.`, { headers: { allow } });
}

function match(pattern: string, path: string): string | undefined {
  const [before = '', after] = pattern.split(':id');
  if (after === undefined) return path === pattern ? '' : undefined;
  if (!path.startsWith(before) || !path.endsWith(after)) return undefined;
  const parameter = path.slice(before.length, path.length - after.length);
  return parameter === '' || parameter.includes('/') ? undefined : parameter;
}
