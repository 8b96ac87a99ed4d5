import type { Digest } from '../../image/digest.ts';
import { explainChange, type RunParts } from '../key/run-parts.ts';
import { formatAge } from './age.ts';
import type { KnownRun } from './known-runs.ts';

/** Whether and how long the results of a RUN are reused. */
export interface ReuseRules {
  /** Why nothing is reused, such as `--no-cache`. */
  readonly disabled?: string | undefined;
  /** Seconds since 1970. */
  readonly now: number;
  /** The age in seconds from which a RUN is executed again, so that it gets security fixes. */
  readonly maxAge: number;
}

/** A RUN of this build. */
export interface WantedRun {
  readonly text: string;
  /** The keys of results that fit, the best first: that of what would execute it here, and without that, those of others. */
  readonly keys: readonly Digest[];
  readonly parts: RunParts;
}

/** The result to reuse, with its age in seconds, or why there is none. */
export type RunChoice =
  { readonly reuse: KnownRun; readonly age: number } | { readonly reuse?: never; readonly why: string };

/** Chooses the result of an earlier build for a RUN. Pure; known runs are tried in order. */
export function chooseRun({ text, keys, parts }: WantedRun, known: readonly KnownRun[], rules: ReuseRules): RunChoice {
  if (rules.disabled !== undefined) return { why: rules.disabled };
  const found = keys.flatMap((key) => known.filter((run) => run.key === key));
  // A time in the future is a wrong clock or a forgery that never gets old.
  const ages = found.map((run) => ({ reuse: run, age: rules.now - run.record.run.at }));
  const fresh = ages.find(({ age }) => age <= rules.maxAge && age >= -maxClockSkew);
  if (fresh !== undefined) return { ...fresh, age: Math.max(0, fresh.age) };
  const [old] = ages;
  if (old !== undefined)
    return {
      why:
        old.age < 0
          ? `it ran at a time in the future`
          : `it ran ${formatAge(old.age)} ago, more than ${formatAge(rules.maxAge)} (--run-max-age)`,
    };
  if (known.length === 0) return { why: 'no earlier result was found' };
  const sameLine = known.filter((run) => run.text === text).toSorted((a, b) => b.record.run.at - a.record.run.at)[0];
  if (sameLine === undefined) return { why: 'the instruction is new' };
  return { why: explainChange(sameLine.record.run.parts, parts) ?? 'its inputs changed' };
}

const maxClockSkew = 60 * 60;
