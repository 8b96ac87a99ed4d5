import { HerokuError, requestError } from '../errors.ts';
import type { Clock } from './clock.ts';
import { isTransientCause } from './http.ts';
import type { ApiRequest, ApiResponse, Interceptor, Send } from './send.ts';

/** Including the first one. */
const maxAttempts = 5;
/** A longer Retry-After is an error at once. */
const longestWait = 15 * 60_000;
const reportedWait = 5_000;

/**
 * Retries what failed for a transient reason. A GET or another repeatable request: after a lost connection, a timeout, or a
 * 500, 502, 503 or 504. Any request: after a 429, because Heroku did nothing. Another write that Heroku may have carried out
 * is never retried here. Follows `Retry-After`; without it the wait doubles, with jitter. Waits end when the request's signal
 * aborts, and none exceeds its deadline.
 * @param onWait receives a message about each wait that a person would notice
 */
export function retries(clock: Clock, onWait: (text: string) => void): Interceptor {
  return (next) => async (request) => {
    for (let attempts = 1; ; attempts += 1) {
      const outcome = await attempt(next, request);
      const wait = attempts < maxAttempts ? waitAfter(request, outcome, attempts) : undefined;
      const isLate = request.deadline !== undefined && clock.now() + (wait ?? 0) > request.deadline;
      if (wait === undefined || wait > longestWait || isLate) {
        if ('error' in outcome) throw outcome.error;
        return outcome.response;
      }
      if (wait >= reportedWait) onWait(`${request.method} ${request.url}: retrying in ${Math.round(wait / 1000)} s.`);
      await pause(clock, wait, request);
    }
  };
}

type Outcome = { readonly response: ApiResponse } | { readonly error: unknown };

async function attempt(next: Send, request: ApiRequest): Promise<Outcome> {
  try {
    return { response: await next(request) };
  } catch (error) {
    return { error };
  }
}

function waitAfter(request: ApiRequest, outcome: Outcome, attempts: number): number | undefined {
  if ('error' in outcome) {
    return request.isRepeatable && isTransientError(outcome.error) ? backoff(250, attempts) : undefined;
  }
  const { status, headers } = outcome.response;
  if (status === 429) return retryAfter(headers) ?? backoff(1_000, attempts);
  const isTransient = status === 500 || status === 502 || status === 503 || status === 504;
  return isTransient && request.isRepeatable ? (retryAfter(headers) ?? backoff(250, attempts)) : undefined;
}

function isTransientError(error: unknown): boolean {
  if (!(error instanceof HerokuError)) return false;
  return error.code === 'TIMEOUT' || (error.code === 'UNREACHABLE' && isTransientCause(error.cause));
}

/**
 * Returns the milliseconds of a `Retry-After` header, in seconds or as a date; undefined without a valid one.
 * @see https://www.rfc-editor.org/rfc/rfc9110#field.retry-after
 */
export function retryAfter(headers: Readonly<Record<string, string>>): number | undefined {
  const text = headers['retry-after']?.trim();
  if (!text) return undefined;
  if (/^\d+$/.test(text)) return Number(text) * 1000;
  const date = parseDate(text);
  return date === undefined ? undefined : Math.max(0, date - (parseDate(headers['date'] ?? '') ?? Date.now()));
}

function parseDate(text: string): number | undefined {
  const date = text.endsWith('GMT') ? Date.parse(text) : Number.NaN;
  return Number.isNaN(date) ? undefined : date;
}

/** Returns milliseconds: `first`, doubled with each attempt up to a minute, reduced by up to half at random. */
export function backoff(first: number, attempts: number): number {
  return Math.min(60_000, first * 2 ** (attempts - 1)) * (0.5 + Math.random() / 2);
}

/** Sleeps. @throws HerokuError ABORTED, about the request */
export async function pause(
  clock: Clock,
  ms: number,
  request: { readonly method: string; readonly url: string; readonly signal?: AbortSignal },
): Promise<void> {
  try {
    await clock.sleep(ms, request.signal);
  } catch (cause) {
    throw requestError(request, 'ABORTED', 'it was canceled while waiting for the next attempt', { cause });
  }
}
