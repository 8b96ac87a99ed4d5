import type { Digest } from '@tozo/registry-pusher';
import type { DeployTarget } from './target.ts';

/**
 * How a deploy ended.
 *
 * - `deployed`: the new version runs and was verified
 * - `unchanged`: it ran already; nothing was pushed, released or restarted
 * - `planned`: a dry run
 * - `failed`: the new version does not run; what ran before still does
 * - `rolled-back`: the new version was released, was not healthy, and what ran before runs again
 * - `broken`: the new version was released, is not healthy, and nothing was rolled back
 * - `superseded`: somebody else's release took over
 * - `cancelled`: stopped from outside
 */
export type DeployOutcome =
  'deployed' | 'unchanged' | 'planned' | 'failed' | 'rolled-back' | 'broken' | 'superseded' | 'cancelled';

/** The result of a deploy, for people and machines: `--report FILE` writes it as JSON. */
export interface DeployReport {
  readonly outcome: DeployOutcome;
  readonly app: string;
  readonly target: DeployTarget['kind'];
  /** One line that says it all; the last line that is printed. */
  readonly text: string;
  readonly url?: string;
  /** The release that runs now, as far as is known. */
  readonly runningRelease?: number;
  /** The release that this deploy made. */
  readonly release?: number;
  readonly imageId?: Digest;
  readonly builder?: 'direct' | 'docker';
  readonly standInBase?: boolean;
  readonly sentBytes: number;
  readonly reusedBytes: number;
  readonly versionProven: boolean;
  readonly warnings: readonly string[];
  readonly error?: {
    /** One of this package's or of its libraries' codes. */ readonly code: string;
    readonly message: string;
  };
  readonly seconds: number;
}

/** The exit codes of `tozo deploy`. 143 and 130 (SIGTERM, SIGINT) are the command's own. */
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
  }
}
