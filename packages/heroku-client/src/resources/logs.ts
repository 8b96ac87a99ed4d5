import { callError } from '../errors.ts';
import type { Api } from '../transport/api.ts';
import type { Clock } from '../transport/clock.ts';
import type { Connections } from '../transport/undici.ts';
import { type LogFilter, type LogSessions, openLogSession } from './log-session.ts';
import { readRecentLines } from './recent-log.ts';
import type { RequestOptions } from './request-options.ts';
import { tailLog } from './tail-log.ts';

export interface RecentLogOptions extends LogFilter, RequestOptions {
  /** The number of newest lines, 1 to 1,500; default 100. */
  readonly lines?: number;
}

export interface TailLogOptions extends LogFilter {
  /** The number of lines before the new ones, 0 to 1,500; default 0. */
  readonly lines?: number;
  /** Ends the log without an error. */
  readonly signal: AbortSignal;
}

/**
 * An app's log, in lines as Logplex writes them: time, source, process, text. Lines longer than 16 Ki characters are
 * cut, with a note. The log session's URL is a secret: errors don't show it. The API key isn't sent to it.
 * @see https://devcenter.heroku.com/articles/platform-api-reference#log-session
 */
export interface LogsResource {
  /**
   * Returns the newest lines, oldest first. Reads for 10 s at most, or for `deadline`; returns what it has when the
   * log doesn't end by then.
   * @throws HerokuError
   */
  recent(app: string, options?: RecentLogOptions): Promise<string[]>;
  /**
   * Reads new lines as they come, until the signal aborts. Opens the log again when it ends or its connection is lost; the
   * lines from in between are read too, up to 100. Reads no faster than the loop does.
   * @throws HerokuError for a definite rejection
   */
  tail(app: string, options: TailLogOptions): AsyncIterable<string>;
}

export function logsResource(api: Api, connections: Connections, clock: Clock, userAgent: string): LogsResource {
  const sessions: LogSessions = { open: (request) => openLogSession(api, connections, userAgent, request) };
  return {
    async recent(app, { lines = 100, ...options } = {}) {
      assertLines(lines, 1);
      return readRecentLines(sessions, { app, lines, ...options });
    },
    tail(app, { lines = 0, ...options }) {
      assertLines(lines, 0);
      return tailLog(sessions, clock, { app, lines, ...options });
    },
  };
}

function assertLines(lines: number, least: number): void {
  if (Number.isInteger(lines) && lines >= least && lines <= 1_500) return;
  throw callError(`lines must be an integer from ${least} to 1500, not ${lines}.`);
}
