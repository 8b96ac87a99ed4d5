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

/** Errors in what the user wrote or set up. A deploy finds them before it changes anything. */
const configurationErrors: ReadonlySet<string | undefined> = new Set([
  'CONFIG_MISSING',
  'CONFIG_INVALID',
  'ENVIRONMENT_INVALID',
  'ENVIRONMENT_UNKNOWN',
  'STATE_UNUSABLE',
  'OPTIONS_INVALID',
  'REFERENCE_INVALID',
  'DOCKERFILE_MISSING',
  'DOCKERFILE_INVALID',
  'INSTRUCTION_UNSUPPORTED',
  'RUN_REFUSED',
  'CONTEXT_INVALID',
  'COPY_SOURCE_MISSING',
  'COPY_SOURCE_OUTSIDE',
  'FILE_REFUSED',
  'NATIVE_CODE_MISMATCH',
  'BASE_NOT_FOUND',
  'PLATFORM_MISSING',
  'LOCK_INVALID',
  'ENGINE_UNAVAILABLE',
  'CREDENTIALS_UNUSABLE',
  'HOST_REFUSED',
]);

/**
 * Returns the exit code of `tozo deploy`. After a signal the command exits with 128 plus the signal's number instead.
 * @param errorCode why a deploy failed, if it did
 */
export function exitCodeOf(outcome: DeployOutcome, errorCode?: string): number {
  return outcome === 'failed' && configurationErrors.has(errorCode) ? 2 : exitCodes[outcome];
}
