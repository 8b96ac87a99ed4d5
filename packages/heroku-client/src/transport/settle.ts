import { HerokuError, requestError, withHint } from '../errors.ts';
import type { Clock } from './clock.ts';
import { pause } from './retries.ts';

/*
 * Heroku has no idempotency keys, so a write whose response was lost may have happened. If its effect can't be found, it's
 * sent once more.
 */

export interface Write<T> {
  /** Its name in an error: `the rollback of shop`. */
  readonly name: string;
  /** What shows whether it happened. Default: `the app's releases`. */
  readonly evidence?: string;
  send(): Promise<T>;
  /** Returns the write's effect, or undefined if it has none. */
  findEffect(): Promise<T | undefined>;
}

/**
 * Carries out a write exactly once, as far as can be known.
 * @throws HerokuError of the last attempt, which says so if the outcome is unknown
 */
export async function settle<T>(write: Write<T>): Promise<T> {
  const first = await attempt(write);
  if ('value' in first) return first.value;
  const second = await attempt(write);
  if ('value' in second) return second.value;
  throw second.lost;
}

async function attempt<T>(write: Write<T>): Promise<{ readonly value: T } | { readonly lost: HerokuError }> {
  try {
    return { value: await write.send() };
  } catch (error) {
    if (!mayHaveHappened(error)) throw error;
    if (isAborted(error)) throw unknownOutcomeError(write, error);
    return checkEffect(write, error);
  }
}

async function checkEffect<T>(
  write: Write<T>,
  lost: HerokuError,
): Promise<{ readonly value: T } | { readonly lost: HerokuError }> {
  try {
    const value = await write.findEffect();
    return value === undefined ? { lost } : { value };
  } catch (error) {
    throw unknownOutcomeError(write, isAborted(error) ? error : lost);
  }
}

function isAborted(error: unknown): error is HerokuError {
  return error instanceof HerokuError && error.code === 'ABORTED';
}

/** A rejection is certain. After a lost connection, a server error or an unreadable response, the write may have happened. */
function mayHaveHappened(error: unknown): error is HerokuError {
  if (!(error instanceof HerokuError)) return false;
  if (error.code === 'PROTOCOL') return (error.status ?? 0) < 300;
  return ['UNREACHABLE', 'TIMEOUT', 'ABORTED', 'SERVER_ERROR'].includes(error.code);
}

function unknownOutcomeError<T>({ name, evidence = "the app's releases" }: Write<T>, error: HerokuError): HerokuError {
  return withHint(error, `Can't tell whether ${name} happened: check ${evidence} before you retry.`);
}

/** Milliseconds between polls for the effect of a write, after its response was lost. */
const pollInterval = 2_000;

/**
 * Polls for a write's effect. Waits before each poll, because Heroku may still be working on it.
 * @param name of what is read: `the releases of shop`
 * @param options of the next request: when it must end
 * @throws HerokuError TIMEOUT, ABORTED
 */
export async function pollForEffect<T>(
  clock: Clock,
  polls: number,
  name: string,
  options: () => { readonly signal?: AbortSignal; readonly deadline?: number },
  read: () => Promise<T | undefined>,
): Promise<T | undefined> {
  for (let poll = 1; ; poll += 1) {
    const { signal, deadline = Number.POSITIVE_INFINITY } = options();
    const request = { method: 'GET', url: name, ...(signal ? { signal } : {}) };
    if (deadline <= 0) throw requestError(request, 'TIMEOUT', 'the deadline passed');
    if (poll > polls) return undefined;
    await pause(clock, Math.min(pollInterval, deadline), request);
    const found = await read();
    if (found !== undefined) return found;
  }
}
