import type { HerokuClient, Release } from '@tozo/heroku-client';
import type { Emit } from '../report/events.ts';
import type { Progress } from '../report/progress.ts';
import { showReleaseOutput } from './release-output.ts';
import { waitText, watchWait } from './watch-wait.ts';

/** Heroku ends a release phase after an hour. */
const releasePhaseSeconds = 3660;

/**
 * Shows a release's output while it runs, and waits for its final status, regardless of the output.
 * @param isAnnounced whether the wait was announced already; otherwise a long one without output is
 * @throws HerokuError TIMEOUT, ABORTED and others; the release may go live after that
 */
export async function followRelease(
  heroku: HerokuClient,
  app: string,
  release: Release,
  emit: Emit,
  signal?: AbortSignal,
  isAnnounced = false,
): Promise<Release> {
  const watch = watchWait(heroku, app, release, emit, isAnnounced);
  const watched: Emit = (event) => {
    if (event.type === 'release-output') watch.onOutput();
    emit(event);
  };
  const output = showReleaseOutput(heroku, app, release, watched, signal);
  try {
    return await heroku.releases.waitFor(app, release.version, {
      deadline: releasePhaseSeconds * 1000,
      onPoll: watch.onPoll,
      onFailedPoll: watch.onFailedPoll,
      ...(signal ? { signal } : {}),
    });
  } finally {
    watch.end();
    await output.end();
  }
}

/** Waits for the end of a release that isn't this run's, before anything is planned. Says at once whose it is. */
export async function waitForPending(
  progress: Progress,
  heroku: HerokuClient,
  app: string,
  pending: Release,
): Promise<void> {
  const { emit, signal } = progress;
  await progress.step(
    'wait',
    () => {
      emit({ type: 'waiting', text: waitText(pending) });
      return followRelease(heroku, app, pending, emit, signal, true);
    },
    ({ version, status }) => `v${version}, which was pending, ${status}`,
  );
}

/** Returns why a finished release doesn't run, or undefined if it does. */
export function failureOf({ version, status }: Release): string | undefined {
  return status === 'succeeded' ? undefined : `the release phase of v${version} ${status}`;
}
