import { requestError } from '../errors.ts';
import type { Api } from '../transport/api.ts';
import { parseOutputUrl } from '../transport/host.ts';
import { exchangeError } from '../transport/http.ts';
import { splitLines } from '../transport/lines.ts';
import type { Connections } from '../transport/undici.ts';
import { appPath } from './names.ts';
import type { RequestOptions } from './request-options.ts';
import { objectOf } from './shape.ts';

export interface RecentLogOptions extends RequestOptions {
  /** The number of newest lines, at most 1,500; default 100. */
  readonly lines?: number;
  /** Only lines of one dyno, such as `web.1`, or one process type, such as `web`. */
  readonly dyno?: string;
  /** `app` for the app's lines, `heroku` for Heroku's lines about it. Default: both. */
  readonly source?: string;
}

export interface LogsResource {
  /**
   * Returns the newest lines of an app's log, oldest first, as Logplex writes them: time, source, process, text. The log
   * session's URL is a secret: errors don't show it. The API key isn't sent to it.
   * @see https://devcenter.heroku.com/articles/platform-api-reference#log-session
   */
  recent(app: string, options?: RecentLogOptions): Promise<string[]>;
}

/** Milliseconds; short, because the lines exist already. */
const readTimeout = 10_000;

export function logsResource(api: Api, connections: Connections, userAgent: string): LogsResource {
  return {
    async recent(app, { lines = 100, dyno, source, ...options } = {}) {
      const body = { lines, tail: false, ...(dyno ? { dyno } : {}), ...(source ? { source } : {}) };
      const path = `${appPath(app)}/log-sessions`;
      const text = await api.call(
        { method: 'POST', path, body, ...options },
        objectOf((it) => it.string('logplex_url')),
      );
      return readLines(connections, userAgent, parseOutputUrl(text), options.signal);
    },
  };
}

async function readLines(
  connections: Connections,
  userAgent: string,
  url: URL,
  signal: AbortSignal | undefined,
): Promise<string[]> {
  const request = { method: 'GET', url: `${url.origin}/…`, signal };
  const late = AbortSignal.timeout(readTimeout);
  try {
    const { status, body, discard } = await connections.exchange({
      method: 'GET',
      url,
      headers: { accept: 'text/plain', 'user-agent': userAgent },
      signal: signal ? AbortSignal.any([signal, late]) : late,
    });
    if (status !== 200) {
      discard();
      throw requestError(request, 'PROTOCOL', `the app's log returned ${status}`, { status });
    }
    const found: string[] = [];
    for await (const line of splitLines(body)) found.push(line);
    return found;
  } catch (cause) {
    throw exchangeError(request, cause, late, readTimeout);
  }
}
