import { observeReleases } from '../outcome/attribution.ts';
import { ownReleases, type Stopped } from '../outcome/observations.ts';
import { readReleases } from '../state/releases.ts';
import type { Deployment } from './deployment.ts';

/** After a signal there are a few seconds left in all. */
const lastLookMs = 2000;

/** Reads which release runs now, how far this deploy's releases are, and what others released. */
export async function lookAtReleases({ run, services, plan }: Deployment, signal = run.signal): Promise<void> {
  const releases = await readReleases(services.heroku, plan.app, signal ? { signal } : {});
  run.note(observeReleases(plan, run.seen, releases));
}

/** Reads the releases once more after an error or a signal, so that the last line says what is true. */
export async function lookAfterStop(deployment: Deployment, error: unknown): Promise<void> {
  await lookOnceMore(deployment.run, error, (signal) => lookAtReleases(deployment, signal));
}

interface StoppedRun {
  note(observed: { readonly stopped: Stopped }): void;
  stopped(error: unknown, looked: boolean): Stopped;
}

/** Notes why a run stops, and looks once more if that's possible in the time left. Else what runs stays unknown. */
export async function lookOnceMore(
  run: StoppedRun,
  error: unknown,
  look: (signal: AbortSignal) => Promise<void>,
): Promise<void> {
  run.note({ stopped: run.stopped(error, false) });
  try {
    await look(AbortSignal.timeout(lastLookMs));
  } catch {
    return;
  }
  run.note({ stopped: run.stopped(error, true) });
}

/** Returns the highest release version seen so far, whoever created it. */
export function newestKnown({ run: { seen } }: Deployment): number {
  const versions = [...seen.others, ...ownReleases(seen), ...(seen.before.newest ? [seen.before.newest] : [])];
  return Math.max(0, ...versions.map(({ version }) => version));
}
