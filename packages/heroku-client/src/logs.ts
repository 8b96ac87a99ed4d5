import { requestError } from './errors.ts';
import { joinLines } from './lines.ts';
import { outputAddress } from './release-output.ts';
import { appPath } from './resources/names.ts';
import type { RequestOptions } from './resources/request-options.ts';
import { objectOf } from './shape.ts';
import type { Api } from './transport/api.ts';
import { exchangeError } from './transport/http.ts';
import type { Connections } from './transport/undici.ts';

export interface RecentLogOptions extends RequestOptions {
  /** How many of the newest lines, at most 1,500; default 100. */
  readonly lines?: number;
  /** Only one dyno's, such as `web.1`, or one process type's, such as `web`. */
  readonly dyno?: string;
  /** `app` for what the app prints, `heroku` for what Heroku says about it. Default: both. */
  readonly source?: string;
}

export interface LogsResource {
  /**
   * The newest lines of an app's log, oldest first, as Logplex writes them: time, source, process, text. The session's URL
   * is a secret of its own: it gets no credentials, and errors do not show it.
   * @see https://devcenter.heroku.com/articles/platform-api-reference#log-session
   */
  recent(app: string, options?: RecentLogOptions): Promise<string[]>;
}

/** Milliseconds; what is asked for has been written already. */
const readTimeout = 10_000;

export function logsResource(api: Api, connections: Connections, userAgent: string): LogsResource {
  return {
    async recent(app, { lines = 100, dyno, source, signal } = {}) {
      const body = { lines, tail: false, ...(dyno ? { dyno } : {}), ...(source ? { source } : {}) };
      const path = `${appPath(app)}/log-sessions`;
      const text = await api.call(
        { method: 'POST', path, body, signal },
        objectOf((it) => it.string('logplex_url')),
      );
      return readLines(connections, userAgent, outputAddress(text), signal);
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
      throw requestError(request, 'PROTOCOL', `the app's log answered ${status}`, { status });
    }
    const found: string[] = [];
    for await (const line of joinLines(body)) found.push(line);
    return found;
  } catch (cause) {
    throw exchangeError(request, cause, late, readTimeout);
  }
}
