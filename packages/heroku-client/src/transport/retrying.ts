import type { Clock } from '../clock.ts';
import { HerokuError, requestError } from '../errors.ts';
import { isPassing } from './http.ts';
import type { ApiAnswer, ApiRequest, Interceptor, Send } from './send.ts';

/** Tries in all, the first one included. */
const mostTries = 5;
/** A longer wait than this is not sat out: the refusal is handed on, and says how long Heroku asks to wait. */
const longestWait = 15 * 60_000;
const toldFrom = 5_000;

/**
 * Tries again what failed for a passing reason. A GET: after a cut connection, a time-out, or a 500, 502, 503 or 504. Any
 * request: after a 429, which was not carried out. A POST or PATCH that may have been carried out is never sent again here.
 * `Retry-After` is honoured; without one the wait doubles, with jitter. Waits end when the request's signal aborts, and
 * none goes past its deadline.
 * @param onWait told about each wait that a person would notice
 */
export function retrying(clock: Clock, onWait: (text: string) => void): Interceptor {
  return (next) => async (request) => {
    for (let tries = 1; ; tries += 1) {
      const outcome = await attempt(next, request);
      const wait = tries < mostTries ? waitAfter(request, outcome, tries) : undefined;
      const late = request.deadline !== undefined && clock.now() + (wait ?? 0) > request.deadline;
      if (wait === undefined || wait > longestWait || late) {
        if ('error' in outcome) throw outcome.error;
        return outcome.answer;
      }
      if (wait >= toldFrom)
        onWait(`${request.method} ${request.url}: waits ${Math.round(wait / 1000)} s, then tries again.`);
      await pause(clock, wait, request);
    }
  };
}

type Outcome = { readonly answer: ApiAnswer } | { readonly error: unknown };

async function attempt(next: Send, request: ApiRequest): Promise<Outcome> {
  try {
    return { answer: await next(request) };
  } catch (error) {
    return { error };
  }
}

function waitAfter(request: ApiRequest, outcome: Outcome, tries: number): number | undefined {
  if ('error' in outcome) {
    return request.method === 'GET' && isPassingError(outcome.error) ? backoff(250, tries) : undefined;
  }
  const { status, headers } = outcome.answer;
  if (status === 429) return retryAfter(headers) ?? backoff(1_000, tries);
  const passing = status === 500 || status === 502 || status === 503 || status === 504;
  return passing && request.method === 'GET' ? (retryAfter(headers) ?? backoff(250, tries)) : undefined;
}

function isPassingError(error: unknown): boolean {
  if (!(error instanceof HerokuError)) return false;
  return error.code === 'TIMEOUT' || (error.code === 'UNREACHABLE' && isPassing(error.cause));
}

/**
 * Milliseconds that a `Retry-After` header asks for, in seconds or as a date; undefined without a valid one.
 * @see https://www.rfc-editor.org/rfc/rfc9110#field.retry-after
 */
export function retryAfter(headers: Readonly<Record<string, string>>): number | undefined {
  const text = headers['retry-after']?.trim();
  if (!text) return undefined;
  if (/^\d+$/.test(text)) return Number(text) * 1000;
  const date = text.endsWith('GMT') ? Date.parse(text) : Number.NaN;
  return Number.isNaN(date) ? undefined : Math.max(0, date - Date.now());
}

/** Milliseconds: doubling from `first`, at most a minute, between half and all of it at random. */
export function backoff(first: number, tries: number): number {
  return Math.min(60_000, first * 2 ** (tries - 1)) * (0.5 + Math.random() / 2);
}

/** Sleeps; an abort meanwhile is an error of this package about that request. */
export async function pause(
  clock: Clock,
  ms: number,
  request: { readonly method: string; readonly url: string; readonly signal?: AbortSignal },
): Promise<void> {
  try {
    await clock.sleep(ms, request.signal);
  } catch (cause) {
    throw requestError(request, 'ABORTED', 'it was cancelled while waiting for the next try', { cause });
  }
}
