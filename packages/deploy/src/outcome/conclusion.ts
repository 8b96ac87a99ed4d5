import type { RollbackCause } from './observations.ts';
import type { DeployOutcome } from './outcome.ts';

/** What a deploy does next. */
export type NextStep =
  | { readonly step: 'push' }
  | { readonly step: 'config' }
  | { readonly step: 'release' }
  /** Checks the release that runs. */
  | { readonly step: 'verify' }
  | { readonly step: 'remove'; readonly types: readonly string[] }
  | { readonly step: 'rollback'; readonly cause: RollbackCause }
  /** Releases the previous images again, because Heroku refused the rollback. */
  | { readonly step: 'release-previous' }
  | { readonly step: 'verify-rollback' };

/** How a deploy ends. */
export interface End {
  readonly outcome: DeployOutcome;
  /** The last line. */
  readonly text: string;
  readonly error?: { readonly code: string; readonly message: string };
  /** What a person does next. Absent when there's nothing to do. */
  readonly next?: string;
}

export type Conclusion =
  { readonly kind: 'next'; readonly next: NextStep } | { readonly kind: 'end'; readonly end: End };

export function goOn(next: NextStep): Conclusion {
  return { kind: 'next', next };
}

export function end(outcome: DeployOutcome, text: string, details: Pick<End, 'error' | 'next'> = {}): Conclusion {
  return { kind: 'end', end: { outcome, text, ...details } };
}
