import { defaultRunMaxAge, parseRunMaxAge, type RunReuseRules } from '@tozo/deploy';
import { UsageError } from './usage-error.ts';

/** What commander makes of `--run-max-age` and `--no-cache`. */
export interface RunReuseOptions {
  readonly runMaxAge?: string;
  /** Commander's name for `--no-cache`. */
  readonly cache?: boolean;
}

/** @throws UsageError */
export function parseRunReuse({ runMaxAge, cache = true }: RunReuseOptions): RunReuseRules {
  const maxAge = runMaxAge === undefined ? defaultRunMaxAge : parseRunMaxAge(runMaxAge);
  if (maxAge === undefined)
    throw new UsageError(`Invalid --run-max-age "${runMaxAge}": use a number and a unit, such as 14d or 12h.`);
  return { maxAge, isOff: !cache };
}
