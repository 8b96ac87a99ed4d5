/** Query parameters of the distribution protocol, whose values aren't secret. All others may sign or authorize. */
const harmless = new Set(['digest', 'from', 'last', 'mount', 'n', 'scope', 'service']);

/** Returns a URL for an error or a log: without credentials, and with harmless query values only. */
export function redactUrl(url: URL): string {
  const query = [...url.searchParams].map(([name, value]) => `${name}=${harmless.has(name) ? value : 'REDACTED'}`);
  return `${url.protocol}//${url.host}${url.pathname}${query.length === 0 ? '' : `?${query.join('&')}`}`;
}
