import { callError, HerokuError } from './errors.ts';

const herokuHost = 'api.heroku.com';

/**
 * Decides whether a base URL may be handed the API key: Heroku's own host, this machine, or the host that was allowed by
 * name.
 * @param allowHost `host` or `host:port`, as it stands in the URL
 * @throws HerokuError OPTIONS_INVALID, HOST_REFUSED
 */
export function trustedBaseUrl(text: string, allowHost?: string): URL {
  const url = parseUrl(text);
  if (url.username || url.password)
    throw callError('baseUrl must not hold a user name or password; the key is enough.');
  if (url.search || url.hash) throw callError('baseUrl must not have a query or fragment.');
  const loopback = isLoopback(url);
  if (url.protocol !== 'https:' && !loopback) {
    throw refused(url, 'the API key may leave this machine by https only. Write https:// in baseUrl');
  }
  if (!loopback && url.hostname !== herokuHost && url.host !== allowHost?.toLowerCase()) {
    throw refused(
      url,
      `it is not ${herokuHost} and would be handed the API key. If that is meant, pass allowHost: '${url.host}'`,
    );
  }
  url.pathname = url.pathname.replace(/\/+$/, '');
  return url;
}

/** Whether a URL names this machine: 127.0.0.0/8, ::1 or `localhost`. */
export function isLoopback({ hostname }: URL): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(?:\.\d{1,3}){3}$/.test(hostname);
}

function parseUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    throw callError('baseUrl must be an http or https URL, such as https://api.heroku.com.');
  }
  return url;
}

function refused(url: URL, why: string): HerokuError {
  return new HerokuError('HOST_REFUSED', `${url.protocol}//${url.host}: HOST_REFUSED: ${why}.`);
}
