import { HerokuError, withHint } from './errors.ts';

/*
 * Heroku takes no idempotency key. A write whose answer was lost may or may not have been carried out: what it would have
 * left behind is looked for, and only when that is missing is it sent again, once.
 */

export interface Write<T> {
  /** Names it in an error: `the rollback of shop`. */
  readonly name: string;
  send(): Promise<T>;
  /** Looks for what the write leaves behind; undefined when it is not there. */
  trace(): Promise<T | undefined>;
}

/**
 * Carries out a write exactly once, as far as can be known.
 * @throws HerokuError of the last try, saying that its outcome is unknown, when that is so
 */
export async function settle<T>(write: Write<T>): Promise<T> {
  const first = await once(write);
  if ('value' in first) return first.value;
  const second = await once(write);
  if ('value' in second) return second.value;
  throw second.lost;
}

async function once<T>(write: Write<T>): Promise<{ readonly value: T } | { readonly lost: HerokuError }> {
  try {
    return { value: await write.send() };
  } catch (error) {
    if (!mayHaveHappened(error)) throw error;
    if (isAborted(error)) throw unknownOutcome(write.name, error);
    return look(write, error);
  }
}

async function look<T>(
  write: Write<T>,
  lost: HerokuError,
): Promise<{ readonly value: T } | { readonly lost: HerokuError }> {
  try {
    const value = await write.trace();
    return value === undefined ? { lost } : { value };
  } catch (error) {
    throw unknownOutcome(write.name, isAborted(error) ? error : lost);
  }
}

function isAborted(error: unknown): error is HerokuError {
  return error instanceof HerokuError && error.code === 'ABORTED';
}

/** A refusal is certain; a cut connection, a server error or an answer that cannot be read is not. */
function mayHaveHappened(error: unknown): error is HerokuError {
  if (!(error instanceof HerokuError)) return false;
  if (error.code === 'PROTOCOL') return (error.status ?? 0) < 300;
  return ['UNREACHABLE', 'TIMEOUT', 'ABORTED', 'SERVER_ERROR'].includes(error.code);
}

function unknownOutcome(name: string, error: HerokuError): HerokuError {
  return withHint(error, `Whether ${name} was carried out is not known: read the app's releases before you try again.`);
}
