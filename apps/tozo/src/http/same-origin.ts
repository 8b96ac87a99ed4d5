import type { IncomingHttpHeaders } from 'node:http';

/**
 * Returns whether a request comes from one of this app's own pages or from no page at all. Browsers send `Sec-Fetch-Site`,
 * older ones `Origin`, and no page can change either. A program such as curl sends neither, and has no visitor's cookies to
 * misuse. Compares only hosts: the app doesn't see its own scheme, because TLS ends at the router.
 * @see https://developer.mozilla.org/docs/Web/HTTP/Reference/Headers/Sec-Fetch-Site
 */
export function isSameOrigin(headers: IncomingHttpHeaders): boolean {
  const site = headers['sec-fetch-site'];
  if (site !== undefined) return site === 'same-origin' || site === 'none';
  const { origin, host } = headers;
  if (origin === undefined) return true;
  return host !== undefined && URL.canParse(origin) && new URL(origin).host === host.toLowerCase();
}
