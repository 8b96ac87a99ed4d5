import { SandboxError } from '../errors/sandbox-error.ts';

/** A length of time; its parts are added. */
export interface Duration {
  readonly days?: number;
  readonly hours?: number;
  readonly minutes?: number;
  readonly seconds?: number;
  readonly milliseconds?: number;
}

const unitMs = { days: 86_400_000, hours: 3_600_000, minutes: 60_000, seconds: 1000, milliseconds: 1 } as const;
/** A hundred years: JavaScript's dates and timestamps of four digits stay valid. */
const longestMs = 36_525 * unitMs.days;

/**
 * Returns a duration in milliseconds.
 * @throws SandboxError OPTION_INVALID for an unknown unit, a negative number, or more than 100 years
 */
export function toMilliseconds(duration: Duration): number {
  let ms = 0;
  for (const [unit, count] of Object.entries(duration) as [string, unknown][]) {
    if (!Object.hasOwn(unitMs, unit)) throw timeError(`${unit} is unknown: use ${Object.keys(unitMs).join(', ')}`);
    if (typeof count !== 'number' || !Number.isFinite(count)) throw timeError(`${unit} must be a number`);
    if (count < 0) throw timeError(`${count} ${unit} would go back, and time only moves forward`);
    ms += count * unitMs[unit as keyof typeof unitMs];
  }
  if (ms > longestMs) throw timeError('time moves by at most 100 years at once');
  return ms;
}

const units = { d: 'days', h: 'hours', m: 'minutes', s: 'seconds' } as const;

/**
 * Reads `+30m`, `+1h30m` or `+31d`.
 * @throws SandboxError OPTION_INVALID
 */
export function parseDuration(text: string): Duration {
  if (text.startsWith('-')) throw timeError(`${text} would go back, and time only moves forward`);
  if (!/^\+(\d+[dhms])+$/.test(text)) throw timeError(`${text} isn't a duration: use +90s, +30m, +1h30m or +31d`);
  let ms = 0;
  for (const [, count, unit] of text.matchAll(/(\d+)([dhms])/g)) {
    ms += Number(count) * unitMs[units[unit as keyof typeof units]];
  }
  return { milliseconds: ms };
}

export function timeError(problem: string): SandboxError {
  return new SandboxError('OPTION_INVALID', `time: OPTION_INVALID: ${problem}.`);
}
