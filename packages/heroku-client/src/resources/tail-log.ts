import { HerokuError } from '../errors.ts';
import type { Clock } from '../transport/clock.ts';
import { networkError } from '../transport/http.ts';
import { splitLines } from '../transport/lines.ts';
import { backoff } from '../transport/retries.ts';
import { type LogFilter, logRequest, type LogSessions, longestLogLine } from './log-session.ts';

/** Milliseconds without a line after which the connection may be dead, and is opened again. */
const idleTimeout = 5 * 60_000;
const longestPause = 5_000;
/** Lines to read again when a log is opened again. */
const resumedLines = 100;

/** Reads a log until the signal aborts. */
export async function* tailLog(
  sessions: LogSessions,
  clock: Clock,
  {
    signal,
    lines,
    ...request
  }: LogFilter & { readonly app: string; readonly lines: number; readonly signal: AbortSignal },
): AsyncGenerator<string, void, undefined> {
  const recent = new RecentLines();
  let wanted = lines;
  for (let failures = 0; !signal.aborted; failures += 1) {
    try {
      const session = { ...request, lines: wanted, tail: true, signal, readSignal: () => signal, idleTimeout };
      let left = wanted;
      for await (const line of splitLines(await sessions.open(session), longestLogLine)) {
        failures = 0;
        left -= 1;
        // Lines have the time to the microsecond: an equal one among those read again is the same one.
        if (left >= 0 && recent.has(line)) continue;
        recent.add(line);
        yield line;
      }
    } catch (cause) {
      if (signal.aborted) return;
      const error = networkError(logRequest(request.app), cause);
      if (!isTransient(error)) throw error;
    }
    wanted = resumedLines;
    await clock.sleep(Math.min(backoff(500, failures + 1), longestPause), signal).catch(() => undefined);
  }
}

function isTransient(error: Error): boolean {
  const codes = ['UNREACHABLE', 'TIMEOUT', 'SERVER_ERROR', 'RATE_LIMITED'];
  return error instanceof HerokuError && codes.includes(error.code);
}

/** The lines that a log opened again may repeat. */
class RecentLines {
  readonly #lines = new Set<string>();

  has(line: string): boolean {
    return this.#lines.has(line);
  }

  add(line: string): void {
    this.#lines.delete(line);
    this.#lines.add(line);
    if (this.#lines.size <= resumedLines) return;
    for (const oldest of this.#lines) {
      this.#lines.delete(oldest);
      return;
    }
  }
}
