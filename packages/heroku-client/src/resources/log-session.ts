import { type HerokuError, requestError } from '../errors.ts';
import type { Api } from '../transport/api.ts';
import { parseOutputUrl } from '../transport/host.ts';
import type { Connections } from '../transport/undici.ts';
import { appPath } from './names.ts';
import type { RequestOptions } from './request-options.ts';
import { objectOf } from './shape.ts';

/** Which lines of an app's log to read. */
export interface LogFilter {
  /** Only lines of one dyno, such as `web.1`, or one process type, such as `web`. */
  readonly dyno?: string;
  /** `app` for the app's lines, `heroku` for Heroku's lines about it. Default: both. */
  readonly source?: string;
}

export interface LogSessionRequest extends LogFilter, RequestOptions {
  readonly app: string;
  readonly lines: number;
  readonly tail: boolean;
  /** Returns what ends reading. Called when the session exists. */
  readonly readSignal: () => AbortSignal;
  /** Milliseconds to wait for the next bytes; 0 for no limit. */
  readonly idleTimeout: number;
}

/** Opens logs. */
export interface LogSessions {
  /** @throws HerokuError, or an error of the connection: see {@link logRequest} */
  open(request: LogSessionRequest): Promise<AsyncIterable<Uint8Array>>;
}

/** Logplex cuts lines after 10,000 bytes. */
export const longestLogLine = 16 * 1024;

/** Creates a log session and opens its stream. A session that's never read costs nothing, so creating one is repeatable. */
export async function openLogSession(
  api: Api,
  connections: Connections,
  userAgent: string,
  { app, lines, tail, dyno, source, readSignal, idleTimeout, ...options }: LogSessionRequest,
): Promise<AsyncIterable<Uint8Array>> {
  const text = await api.call(
    {
      method: 'POST',
      path: `${appPath(app)}/log-sessions`,
      body: { lines, tail, ...(dyno ? { dyno } : {}), ...(source ? { source } : {}) },
      isRepeatable: true,
      ...options,
    },
    objectOf((it) => it.string('logplex_url')),
  );
  const url = parseOutputUrl(text);
  const { status, body, discard } = await connections.exchange({
    method: 'GET',
    url,
    headers: { accept: 'text/plain', 'user-agent': userAgent },
    signal: readSignal(),
    bodyTimeout: idleTimeout,
  });
  if (status === 200) return body;
  discard();
  throw rejectionError(app, status);
}

/** Returns the request that errors about a log's stream name. Its URL is a secret. */
export function logRequest(app: string): { readonly method: string; readonly url: string } {
  return { method: 'GET', url: `the log of ${app}` };
}

function rejectionError(app: string, status: number): HerokuError {
  const isDefinite = status < 500 && status !== 404 && status !== 410 && status !== 429;
  const code = isDefinite ? 'PROTOCOL' : 'SERVER_ERROR';
  return requestError(logRequest(app), code, `the app's log returned ${status}`, { status });
}
