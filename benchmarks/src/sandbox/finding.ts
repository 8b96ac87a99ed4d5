import { spreadOf } from '../statistics.ts';
import { markdown } from '../table.ts';

/** One figure, measured at least once. */
export interface Finding {
  readonly name: string;
  readonly values: readonly number[];
  /** What the median must reach or keep to. */
  readonly goal?: { readonly most: number } | { readonly least: number };
  /** Digits behind the point. Default: 0. */
  readonly digits?: number;
}

/** Medians, least and most in brackets, with their goals. */
export function findingsTable(findings: readonly Finding[]): string {
  const rows = findings.map(({ name, values, goal, digits = 0 }) => {
    const { min, median, max } = spreadOf(values);
    const text = (value: number): string => value.toFixed(digits);
    const spread = values.length === 1 ? text(median) : `${text(median)} (${text(min)}–${text(max)})`;
    return [name, spread, goalText(goal)];
  });
  return markdown([['', 'median (min–max)', 'goal'], ...rows]);
}

/** The goals that were missed, each as a sentence. */
export function missedFindings(findings: readonly Finding[]): string[] {
  return findings.flatMap(({ name, values, goal }) => {
    const { median } = spreadOf(values);
    const isMet = goal === undefined || ('most' in goal ? median <= goal.most : median >= goal.least);
    return isMet ? [] : [`${name}: ${median.toFixed(2)}, the goal is ${goalText(goal)}`];
  });
}

function goalText(goal: Finding['goal']): string {
  if (goal === undefined) return '';
  return 'most' in goal ? `≤ ${goal.most}` : `≥ ${goal.least}`;
}
