import { callError, HerokuError } from '../errors.ts';
import type { Clock } from '../transport/clock.ts';
import type { Release } from './release.ts';

export type FinalStatus = 'succeeded' | 'failed' | 'expired';

/** A release whose status is final. Only `succeeded` is success. */
export type FinishedRelease = Release & { readonly status: FinalStatus };

export interface WaitOptions {
  /** Milliseconds from now; Heroku ends a release phase after an hour. */
  readonly deadline: number;
  readonly signal?: AbortSignal;
  /** Receives the release as each poll found it. */
  readonly onPoll?: (release: Release) => void;
  /** Receives the error of each poll that failed for a transient reason: the wait continues. */
  readonly onFailedPoll?: (error: HerokuError) => void;
}

/** Short, because a release without a release phase ends at once. */
const firstInterval = 200;
const longestInterval = 5_000;

/** Polls `read` until the status is final, at growing intervals. */
export async function waitForRelease(
  read: (deadline: number) => Promise<Release>,
  name: string,
  { deadline, signal, onPoll, onFailedPoll, clock }: WaitOptions & { readonly clock: Clock },
): Promise<FinishedRelease> {
  if (!(Number.isFinite(deadline) && deadline >= 0))
    throw callError(`deadline must be a number of milliseconds, 0 or more, not ${deadline}.`);
  const end = clock.now() + deadline;
  let seen = "its status couldn't be read";
  let lastError: unknown;
  for (let interval = firstInterval; ; interval = Math.min(interval * 1.5, longestInterval)) {
    try {
      const release = await read(Math.max(0, end - clock.now()));
      onPoll?.(release);
      if (isFinished(release)) return release;
      seen = `its status is still "${release.status}"`;
      lastError = undefined;
    } catch (error) {
      if (!isTransient(error)) throw error;
      lastError = error;
      onFailedPoll?.(error);
    }
    const left = end - clock.now();
    if (left <= 0) throw timeoutError(name, deadline, seen, lastError);
    await clock.sleep(Math.min(interval, left), signal).catch((cause: unknown) => {
      throw new HerokuError('ABORTED', `${name}: ABORTED: the wait for it was canceled; ${seen}.`, { cause });
    });
  }
}

function isFinished(release: Release): release is FinishedRelease {
  return release.status === 'succeeded' || release.status === 'failed' || release.status === 'expired';
}

/** Returns whether the next poll may succeed. The release continues in the meantime. */
function isTransient(error: unknown): error is HerokuError {
  return (
    error instanceof HerokuError && ['UNREACHABLE', 'TIMEOUT', 'SERVER_ERROR', 'RATE_LIMITED'].includes(error.code)
  );
}

function timeoutError(name: string, deadline: number, seen: string, lastError: unknown): HerokuError {
  const lastAttempt = lastError instanceof Error ? ` The last attempt to read it: ${lastError.message}` : '';
  return new HerokuError(
    'TIMEOUT',
    `${name}: TIMEOUT: after ${Math.round(deadline / 1000)} s ${seen}. The release continues on Heroku: check its status before you retry.${lastAttempt}`,
    { cause: lastError },
  );
}
