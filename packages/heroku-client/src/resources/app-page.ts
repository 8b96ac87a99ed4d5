import { networkError } from '../transport/http.ts';
import type { Connections, HttpResponse } from '../transport/undici.ts';

export interface PageOptions {
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

/** Milliseconds until the response's headers, and between the parts of its body. Heroku's router waits 30 s for an app. */
const timeout = 35_000;

/**
 * Requests a page of an app: without the API key and without retries. Redirects are returned, not followed.
 * @throws HerokuError UNREACHABLE, TIMEOUT, ABORTED
 */
export async function getAppPage(
  connections: Connections,
  userAgent: string,
  url: URL,
  { headers = {}, signal }: PageOptions = {},
): Promise<HttpResponse> {
  try {
    return await connections.exchange({
      method: 'GET',
      url,
      headers: { 'user-agent': userAgent, ...headers },
      headersTimeout: timeout,
      bodyTimeout: timeout,
      ...(signal ? { signal } : {}),
    });
  } catch (cause) {
    throw networkError({ method: 'GET', url: url.href, signal }, cause);
  }
}
