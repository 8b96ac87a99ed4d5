/**
 * How a deploy ended.
 *
 * - `deployed`: the new version runs and was verified, as far as there is anything to verify
 * - `unchanged`: it was running already; nothing was pushed, released or restarted
 * - `planned`: a dry run
 * - `failed`: the new version doesn't run; the one before still does, or does again
 * - `rolled-back`: the new version was released and unhealthy; the one before runs again
 * - `broken`: what runs is unhealthy, or it's unknown what runs
 * - `superseded`: someone else's release came in between or took over
 * - `cancelled`: stopped from outside
 * - `outdated`: refused, because a newer commit runs
 */
export type DeployOutcome =
  'deployed' | 'unchanged' | 'planned' | 'failed' | 'rolled-back' | 'broken' | 'superseded' | 'cancelled' | 'outdated';

const exitCodes: Readonly<Record<DeployOutcome, number>> = {
  deployed: 0,
  unchanged: 0,
  planned: 0,
  failed: 1,
  cancelled: 1,
  'rolled-back': 3,
  broken: 4,
  superseded: 5,
  outdated: 75,
};

/** Returns the exit code of `tozo deploy`. After a signal the command exits with 128 plus the signal's number instead. */
export function exitCodeOf(outcome: DeployOutcome): number {
  return exitCodes[outcome];
}
