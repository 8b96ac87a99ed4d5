import { assertNever } from '../assert-never.ts';
import type { BuilderName, Digest } from '../ports.ts';
import type { DeployTarget } from './target.ts';

/**
 * How a deploy ended.
 *
 * - `deployed`: the new version runs and was verified
 * - `unchanged`: it was running already; nothing was pushed, released or restarted
 * - `planned`: a dry run
 * - `failed`: the new version doesn't run; the one before still does
 * - `rolled-back`: the new version was released and unhealthy; the one before runs again
 * - `broken`: the new version was released, is unhealthy, and wasn't rolled back
 * - `superseded`: someone else's release took over
 * - `cancelled`: stopped from outside
 */
export type DeployOutcome =
  'deployed' | 'unchanged' | 'planned' | 'failed' | 'rolled-back' | 'broken' | 'superseded' | 'cancelled';

/** The result of a deploy, for people and programs: `--report FILE` writes it as JSON. */
export interface DeployReport {
  readonly outcome: DeployOutcome;
  readonly app: string;
  readonly target: DeployTarget['kind'];
  /** The result in one line, which is the last one printed. */
  readonly text: string;
  readonly url?: string;
  /** The release that runs now, as far as known. */
  readonly runningRelease?: number;
  /** The release that this deploy created. */
  readonly release?: number;
  readonly imageId?: Digest;
  readonly builder?: BuilderName;
  readonly standInBase?: boolean;
  readonly sentBytes: number;
  readonly reusedBytes: number;
  readonly versionProven: boolean;
  readonly warnings: readonly string[];
  readonly error?: {
    /** A code of this package or of its libraries. */
    readonly code: string;
    readonly message: string;
  };
  readonly seconds: number;
}

/** Returns the exit code of `tozo deploy`. The command itself adds 143 and 130, for SIGTERM and SIGINT. */
export function exitCodeOf(outcome: DeployOutcome): number {
  switch (outcome) {
    case 'deployed':
    case 'unchanged':
    case 'planned':
      return 0;
    case 'failed':
    case 'cancelled':
      return 1;
    case 'rolled-back':
      return 3;
    case 'broken':
      return 4;
    case 'superseded':
      return 5;
    default:
      return assertNever(outcome);
  }
}
