import type { IncomingHttpHeaders } from 'node:http';

/**
 * Whether a request that changes something may come from one of this app's own pages, or from no page at all. Browsers
 * say where a request comes from in `Sec-Fetch-Site`, older ones in `Origin`, and no page can change either; a program
 * such as curl sends neither and has no visitor's cookies to misuse. Only hosts are compared: TLS ends at the router, so
 * the app does not see its own scheme.
 * @see https://developer.mozilla.org/docs/Web/HTTP/Reference/Headers/Sec-Fetch-Site
 */
export function isSameOrigin(headers: IncomingHttpHeaders): boolean {
  const site = headers['sec-fetch-site'];
  if (site !== undefined) return site === 'same-origin' || site === 'none';
  const { origin, host } = headers;
  if (origin === undefined) return true;
  return host !== undefined && URL.canParse(origin) && new URL(origin).host === host.toLowerCase();
}
