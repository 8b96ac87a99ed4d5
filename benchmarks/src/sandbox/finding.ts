import { spreadOf } from '../statistics.ts';
import { markdown } from '../table.ts';

/** One figure, measured at least once. */
export interface Finding {
  readonly name: string;
  readonly values: readonly number[];
  /** The maximum or minimum for the median. */
  readonly goal?: { readonly max: number } | { readonly min: number };
  /** Digits after the decimal point. Default: 0. */
  readonly digits?: number;
}

/** Returns a table of medians, with ranges in parentheses, and goals. */
export function findingsTable(findings: readonly Finding[]): string {
  const rows = findings.map(({ name, values, goal, digits = 0 }) => {
    const { min, median, max } = spreadOf(values);
    const text = (value: number): string => value.toFixed(digits);
    const spread = values.length === 1 ? text(median) : `${text(median)} (${text(min)}–${text(max)})`;
    return [name, spread, goalText(goal)];
  });
  return markdown([['', 'median (min–max)', 'goal'], ...rows]);
}

/** Returns a line for each missed goal. */
export function missedFindings(findings: readonly Finding[]): string[] {
  return findings.flatMap(({ name, values, goal }) => {
    const { median } = spreadOf(values);
    const isMet = goal === undefined || ('max' in goal ? median <= goal.max : median >= goal.min);
    return isMet ? [] : [`${name}: ${median.toFixed(2)}, the goal is ${goalText(goal)}`];
  });
}

function goalText(goal: Finding['goal']): string {
  if (goal === undefined) return '';
  return 'max' in goal ? `≤ ${goal.max}` : `≥ ${goal.min}`;
}
