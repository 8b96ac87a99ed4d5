import { callError, HerokuError } from '../errors.ts';

const herokuHosts: ReadonlySet<string> = new Set(['api.heroku.com', 'registry.heroku.com']);

/**
 * Returns whether a URL may receive the API key: Heroku's hosts and the allowed one over https, this machine over http too.
 * @param allowHost `host` or `host:port`, as in the URL
 */
export function mayReceiveApiKey(url: URL, allowHost?: string): boolean {
  if (isLoopback(url)) return true;
  return url.protocol === 'https:' && (herokuHosts.has(url.hostname) || url.host === allowHost?.toLowerCase());
}

/**
 * Throws unless {@link mayReceiveApiKey}.
 * @throws HerokuError HOST_REFUSED
 */
export function assertMayReceiveApiKey(url: URL, allowHost?: string): void {
  if (mayReceiveApiKey(url, allowHost)) return;
  throw new HerokuError('HOST_REFUSED', `${url.protocol}//${url.host}: HOST_REFUSED: ${describeRefusal(url)}.`);
}

/** Returns why a host may not receive the API key, and what to do: the rest of a sentence. */
function describeRefusal({ protocol, host }: URL): string {
  return protocol === 'https:'
    ? `it's neither Heroku nor this machine, but would get the API key. If you trust it, pass allowHost: '${host}'`
    : `plain http would send the API key in clear text. Use https://${host}`;
}

/**
 * Parses a base URL, and removes its trailing slash.
 * @throws HerokuError OPTIONS_INVALID, HOST_REFUSED
 */
export function parseBaseUrl(text: string, allowHost?: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    throw callError('baseUrl must be an http or https URL, such as https://api.heroku.com.');
  }
  if (url.username || url.password) throw callError('baseUrl must not contain a username or password: pass apiKey.');
  if (url.search || url.hash) throw callError('baseUrl must not have a query or fragment.');
  assertMayReceiveApiKey(url, allowHost);
  url.pathname = url.pathname.replace(/\/+$/, '');
  return url;
}

/**
 * Parses the URL of an output or a log, as Heroku returned it: https, or http on this machine.
 * @throws HerokuError OPTIONS_INVALID, HOST_REFUSED
 */
export function parseOutputUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined) throw callError("The output's URL is invalid. Pass a release's outputStreamUrl.");
  if (url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url))) return url;
  throw new HerokuError(
    'HOST_REFUSED',
    `GET ${url.protocol}//${url.host}: HOST_REFUSED: the output may be read only over https.`,
  );
}

/** Returns whether a URL names this machine: 127.0.0.0/8, ::1 or `localhost`. */
export function isLoopback({ hostname }: URL): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(?:\.\d{1,3}){3}$/.test(hostname);
}
