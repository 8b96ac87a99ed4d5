import { ratios, spreadOf } from '../statistics.ts';
import { markdown, spreadText } from '../table.ts';

/** One case: seconds of each way, one number per round. */
export interface Case {
  readonly name: string;
  readonly ours: readonly number[];
  readonly others: Readonly<Record<string, readonly number[]>>;
  /** The maxima for the medians of the ratios of ours to others, by the other's name. */
  readonly goals: Readonly<Record<string, number>>;
}

/** Returns a table with a row for each comparison: seconds as median (min–max), then the median of the ratios. */
export function renderCases(cases: readonly Case[]): string {
  const rows = cases.flatMap((each) =>
    Object.entries(each.others).map(([way, seconds]) => [
      each.name,
      spreadText(spreadOf(each.ours), 2),
      way,
      spreadText(spreadOf(seconds), 2),
      ratioTo(each, way).toFixed(3),
      goalText(each, way),
    ]),
  );
  return markdown([['case', 'registry-pusher, s', 'compared with', 's', 'ratio', 'goal'], ...rows]);
}

/** Returns a line for each missed goal. */
export function missedGoals(cases: readonly Case[]): string[] {
  return cases.flatMap((each) =>
    Object.keys(each.goals)
      .filter((way) => goalText(each, way).startsWith('missed'))
      .map((way) => `${each.name}: ${ratioTo(each, way).toFixed(3)} × ${way}, the goal is ${each.goals[way]}`),
  );
}

function goalText(each: Case, way: string): string {
  const goal = each.goals[way];
  if (goal === undefined) return '';
  return `${ratioTo(each, way) <= goal ? 'met' : 'missed'}: ≤ ${goal}`;
}

function ratioTo({ ours, others }: Case, way: string): number {
  return spreadOf(ratios(ours, others[way]!)).median;
}
