import { exchangeError } from '../transport/http.ts';
import { LineSplitter } from '../transport/lines.ts';
import { type LogFilter, logRequest, type LogSessions, longestLogLine } from './log-session.ts';
import type { RequestOptions } from './request-options.ts';

/** Milliseconds; short, because the lines exist already. */
const defaultTimeout = 10_000;
const longestTimer = 2 ** 31 - 1;

/** Reads the newest lines of a log. Keeps no more than that, and ends in time, even if the log doesn't. */
export async function readRecentLines(
  sessions: LogSessions,
  request: LogFilter & RequestOptions & { readonly app: string; readonly lines: number },
): Promise<string[]> {
  const { app, lines, signal, deadline: readTimeout = defaultTimeout } = request;
  let late: AbortSignal | undefined;
  function readSignal(): AbortSignal {
    late = AbortSignal.timeout(Math.ceil(Math.min(readTimeout, longestTimer)));
    return signal ? AbortSignal.any([signal, late]) : late;
  }
  const splitter = new LineSplitter(longestLogLine);
  let newest: string[] = [];
  try {
    for await (const chunk of await sessions.open({ ...request, tail: false, readSignal, idleTimeout: 0 }))
      newest = [...newest, ...splitter.write(chunk)].slice(-lines);
  } catch (cause) {
    // The lines that came help more than the error that ended them.
    if (newest.length === 0 || signal?.aborted)
      throw exchangeError({ ...logRequest(app), signal }, cause, late, readTimeout);
  }
  return [...newest, ...splitter.end()].slice(-lines);
}
