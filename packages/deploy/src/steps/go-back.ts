import { type HerokuClient, HerokuError, type Release } from '@tozo/heroku-client';
import type { RollbackResult } from '../outcome/observations.ts';
import { isCertainRefusal } from '../outcome/refusals.ts';
import type { Progress } from '../report/progress.ts';
import { failureOf, followRelease } from './follow-release.ts';

/** How long a rollback request may still take after a signal: a lost one may have happened. */
const graceMs = 2000;

export interface GoBackOptions<T extends RollbackResult> {
  readonly heroku: HerokuClient;
  readonly app: string;
  /** Creates the release that goes back. Undefined if Heroku created none. */
  readonly request: (signal: AbortSignal) => Promise<Release | undefined>;
  /** Receives what is known, as soon as it is. */
  readonly onObserved: (rollback: T) => void;
}

/**
 * Goes back to an earlier release, once, and follows the new release to its end. A failure is an observation, not an error:
 * what it leaves behind has to be told.
 */
export async function goBack<T extends RollbackResult>(
  progress: Progress,
  started: T,
  { heroku, app, request, onObserved }: GoBackOptions<T>,
): Promise<void> {
  let rollback = started;
  onObserved(rollback);
  const work = async (): Promise<T> => {
    try {
      const release = await request(delayedSignal(progress.signal, graceMs));
      if (!release) return { ...rollback, refused: true, problem: 'Heroku created no release' };
      onObserved((rollback = { ...rollback, release }));
      const final = await followRelease(heroku, app, release, progress.emit, progress.signal);
      return { ...rollback, release: final };
    } catch (error) {
      const refused = error instanceof HerokuError && isCertainRefusal(error.code);
      return { ...rollback, refused, problem: (error as Error).message };
    }
  };
  rollback = await progress.step(
    'rollback',
    work,
    ({ release, target }) => `v${release!.version} = v${target.version}`,
    ({ release, problem }) => problem ?? (release && failureOf(release)),
  );
  onObserved(rollback);
}

/** Returns a signal that aborts some time after another one. */
function delayedSignal(signal: AbortSignal | undefined, ms: number): AbortSignal {
  const delayed = new AbortController();
  const abort = (): void => void setTimeout(() => delayed.abort(signal?.reason), ms).unref();
  if (signal?.aborted) abort();
  else signal?.addEventListener('abort', abort, { once: true });
  return delayed.signal;
}
