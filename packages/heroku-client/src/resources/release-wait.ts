import type { Clock } from '../clock.ts';
import { callError, HerokuError } from '../errors.ts';
import type { Release } from './release.ts';

export type FinalStatus = 'succeeded' | 'failed' | 'expired';

/** A release whose status will not change any more. Only `succeeded` is success. */
export type FinishedRelease = Release & { readonly status: FinalStatus };

export interface WaitOptions {
  /** Milliseconds from now; Heroku itself gives a release phase an hour. */
  readonly deadline: number;
  readonly signal?: AbortSignal;
  /** Called with what each poll found. */
  readonly onPoll?: (release: Release) => void;
}

/** A release without a release phase ends at once. */
const firstInterval = 200;
const longestInterval = 5_000;

/** Polls `read` until the status is final, more and more slowly. */
export async function waitForRelease(
  read: (deadline: number) => Promise<Release>,
  name: string,
  { deadline, signal, onPoll, clock }: WaitOptions & { readonly clock: Clock },
): Promise<FinishedRelease> {
  if (!(Number.isFinite(deadline) && deadline >= 0))
    throw callError(`deadline must be milliseconds, 0 or more, not ${deadline}.`);
  const end = clock.now() + deadline;
  let seen = 'its status could not be read';
  let trouble: unknown;
  for (let interval = firstInterval; ; interval = Math.min(interval * 1.5, longestInterval)) {
    try {
      const release = await read(end);
      onPoll?.(release);
      if (isFinished(release)) return release;
      seen = `its status is still "${release.status}"`;
      trouble = undefined;
    } catch (error) {
      if (!passes(error)) throw error;
      trouble = error;
    }
    const left = end - clock.now();
    if (left <= 0) throw tooLate(name, deadline, seen, trouble);
    await clock.sleep(Math.min(interval, left), signal).catch((cause: unknown) => {
      throw new HerokuError('ABORTED', `${name}: ABORTED: the wait for it was cancelled; ${seen}.`, { cause });
    });
  }
}

function isFinished(release: Release): release is FinishedRelease {
  return release.status === 'succeeded' || release.status === 'failed' || release.status === 'expired';
}

/** What a poll can bear: the release goes on meanwhile, and the next poll may work. */
function passes(error: unknown): boolean {
  return (
    error instanceof HerokuError && ['UNREACHABLE', 'TIMEOUT', 'SERVER_ERROR', 'RATE_LIMITED'].includes(error.code)
  );
}

function tooLate(name: string, deadline: number, seen: string, trouble: unknown): HerokuError {
  const said = trouble instanceof Error ? ` The last try to read it: ${trouble.message}` : '';
  return new HerokuError(
    'TIMEOUT',
    `${name}: TIMEOUT: after ${Math.round(deadline / 1000)} s ${seen}. The release goes on at Heroku: look there before you act.${said}`,
    { cause: trouble },
  );
}
