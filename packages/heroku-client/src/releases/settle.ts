import { HerokuError, withHint } from '../errors.ts';

/*
 * Heroku has no idempotency keys, so a write whose response was lost may have happened. If its effect can't be found, it's
 * sent once more.
 */

export interface Write<T> {
  /** Its name in an error: `the rollback of shop`. */
  readonly name: string;
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
    if (isAborted(error)) throw unknownOutcomeError(write.name, error);
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
    throw unknownOutcomeError(write.name, isAborted(error) ? error : lost);
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

function unknownOutcomeError(name: string, error: HerokuError): HerokuError {
  return withHint(error, `Can't tell whether ${name} happened: check the app's releases before you retry.`);
}
