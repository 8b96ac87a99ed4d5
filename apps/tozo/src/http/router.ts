import type { IncomingMessage } from 'node:http';
import { type Answer, Refusal } from './answer.ts';

/** Answers a request; `parameter` is what stood for `:id` in the path. */
export type Handler = (request: IncomingMessage, parameter: string) => Answer | Promise<Answer>;

/** `METHOD /path`, in which one segment may read `:id`. */
export type Routes = Readonly<Record<string, Handler>>;

/**
 * Finds what answers a method and a path. HEAD is answered as GET.
 * @throws Refusal 404 when nothing has the path, 405 with `Allow` when only other methods have it
 */
export function route(routes: Routes, method: string, path: string): { handler: Handler; parameter: string } {
  const wanted = method === 'HEAD' ? 'GET' : method;
  const allowed: string[] = [];
  for (const [key, handler] of Object.entries(routes)) {
    const [routeMethod = '', pattern = ''] = key.split(' ');
    const parameter = match(pattern, path);
    if (parameter === undefined) continue;
    if (routeMethod === wanted) return { handler, parameter };
    allowed.push(...(routeMethod === 'GET' ? ['GET', 'HEAD'] : [routeMethod]));
  }
  if (allowed.length === 0) throw new Refusal(404, 'not_found', 'There is nothing at this address.');
  const allow = allowed.join(', ');
  throw new Refusal(405, 'method_not_allowed', `This address answers ${allow}.`, { headers: { allow } });
}

function match(pattern: string, path: string): string | undefined {
  const [before = '', after] = pattern.split(':id');
  if (after === undefined) return path === pattern ? '' : undefined;
  if (!path.startsWith(before) || !path.endsWith(after)) return undefined;
  const parameter = path.slice(before.length, path.length - after.length);
  return parameter === '' || parameter.includes('/') ? undefined : parameter;
}
