import type { Measurement } from './measure.ts';
import { ratios, type Spread, spreadOf } from './statistics.ts';

/** The measurements of one way, one per round. */
export interface Series {
  readonly name: string;
  readonly measurements: readonly Measurement[];
}

/** A part of the job that is compared. */
interface Part {
  readonly name: string;
  readonly seconds: (measurement: Measurement) => number;
  /** The maximum for the median of the ratios. */
  readonly goal?: number;
}

const parts: readonly Part[] = [
  { name: 'whole job, until the new version responds', seconds: ({ responded }) => responded, goal: 0.5 },
  { name: 'until the release is requested', seconds: ({ released }) => released },
  { name: 'build and push', seconds: ({ build, push }) => build + push },
  { name: 'push', seconds: ({ push }) => push, goal: 0.15 },
];

/** Returns a table with the median seconds and sent bytes of each way, and their range in parentheses. */
export function secondsTable(series: readonly Series[]): string {
  const rows = parts.map(({ name, seconds }) => [
    `${name}, s`,
    ...series.map(({ measurements }) => spreadText(spreadOf(measurements.map(seconds)), 2)),
  ]);
  const ended = series.map(({ measurements }) => spreadText(spreadOf(measurements.map((one) => one.ended)), 2));
  const sent = series.map(({ measurements }) =>
    spreadText(spreadOf(measurements.map((one) => one.sentBytes / 1e6)), 3),
  );
  return markdown([
    ['', ...series.map(({ name }) => name)],
    ...rows,
    ['until the last command ends, s', ...ended],
    ['sent to the registry, MB', ...sent],
  ]);
}

/** Returns a table with the ratios of `ours` to `theirs`, round by round. */
export function ratioTable(ours: Series, theirs: Series): string {
  const rounds = ours.measurements.map((_, index) => `round ${index + 1}`);
  const rows = parts.map((part) => {
    const each = ratiosOf(part, ours, theirs);
    const { min, median, max } = spreadOf(each);
    const numbers = [...each, min, median, max].map((ratio) => ratio.toFixed(3));
    return [part.name, ...numbers, part.goal === undefined ? '' : `≤ ${part.goal}`];
  });
  return markdown([[`${ours.name} ÷ ${theirs.name}`, ...rounds, 'min', 'median', 'max', 'goal'], ...rows]);
}

/** Returns a line for each missed goal. */
export function missedGoals(ours: Series, theirs: Series): string[] {
  return parts.flatMap((part) => {
    const { median } = spreadOf(ratiosOf(part, ours, theirs));
    if (part.goal === undefined || median <= part.goal) return [];
    return [`${part.name}: ${median.toFixed(3)} × ${theirs.name}, the goal is at most ${part.goal} ×`];
  });
}

function ratiosOf({ seconds }: Part, ours: Series, theirs: Series): number[] {
  return ratios(ours.measurements.map(seconds), theirs.measurements.map(seconds));
}

/** Returns `median (min–max)`. */
export function spreadText({ min, median, max }: Spread, digits: number): string {
  return `${median.toFixed(digits)} (${min.toFixed(digits)}–${max.toFixed(digits)})`;
}

/** Returns a Markdown table with text in the first column and numbers in the others. */
export function markdown([head, ...rows]: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const rule = head!.map((_, index) => (index === 0 ? '---' : '--:'));
  return [head!, rule, ...rows].map(line).join('\n');
}
