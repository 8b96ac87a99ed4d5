import type { HerokuClient, Release } from '@tozo/heroku-client';
import type { Emit } from '../report/events.ts';
import { showReleaseOutput } from './release-output.ts';

/** Heroku ends a release phase after an hour. */
const releasePhaseSeconds = 3660;

/**
 * Shows a release's output while it runs, and waits for its final status, regardless of the output.
 * @throws HerokuError TIMEOUT, ABORTED and others; the release may go live after that
 */
export async function followRelease(
  heroku: HerokuClient,
  app: string,
  release: Release,
  emit: Emit,
  signal?: AbortSignal,
): Promise<Release> {
  const output = showReleaseOutput(heroku, app, release, emit, signal);
  try {
    return await heroku.releases.waitFor(app, release.version, {
      deadline: releasePhaseSeconds * 1000,
      ...(signal ? { signal } : {}),
    });
  } finally {
    await output.end();
  }
}

/** Returns why a finished release doesn't run, or undefined if it does. */
export function failureOf({ version, status }: Release): string | undefined {
  return status === 'succeeded' ? undefined : `the release phase of v${version} ${status}`;
}
