import type { IncomingMessage } from 'node:http';
import { originOf } from './exchange.ts';

/**
 * Returns why a request may come from a web page that isn't this server's own; undefined if it doesn't. Such a page can
 * reach loopback through its visitor's browser, also under a name of its own (DNS rebinding).
 *
 * @param names host names other than loopback's that the server has
 */
export function foreignOriginProblem(request: IncomingMessage, names: readonly string[]): string | undefined {
  const { host, origin } = request.headers;
  const name = host?.replace(/:\d*$/, '').toLowerCase();
  if (name !== undefined && !isLoopback(name) && !names.includes(name)) return `the host ${name} isn't this machine`;
  if (origin !== undefined && origin !== originOf(request)) return `the request is from a page of ${origin}`;
  return undefined;
}

function isLoopback(name: string): boolean {
  return /^(localhost|.+\.localhost|127(\.\d{1,3}){3}|\[::1\])$/.test(name);
}
