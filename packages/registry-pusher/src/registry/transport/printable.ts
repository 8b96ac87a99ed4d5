/** Query parameters of the distribution protocol, whose values are no secrets. All others may sign or authorise. */
const harmless = new Set(['digest', 'from', 'last', 'mount', 'n', 'scope', 'service']);

/** A URL as it may stand in an error or a log: no credentials, and only the query values that are known to be harmless. */
export function printable(url: URL): string {
  const query = [...url.searchParams].map(([name, value]) => `${name}=${harmless.has(name) ? value : 'REDACTED'}`);
  return `${url.origin}${url.pathname}${query.length === 0 ? '' : `?${query.join('&')}`}`;
}
