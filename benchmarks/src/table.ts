import type { Measurement } from './measure.ts';
import { ratios, type Spread, spreadOf } from './statistics.ts';

/** The measurements of one way, one a round. */
export interface Series {
  readonly name: string;
  readonly measurements: readonly Measurement[];
}

/** A part of the job that both ways are compared by. */
interface Part {
  readonly name: string;
  readonly seconds: (measurement: Measurement) => number;
  /** The median of the ratios must not be above it. */
  readonly goal?: number;
}

const parts: readonly Part[] = [
  { name: 'whole job, until the new version responds', seconds: ({ answered }) => answered, goal: 0.5 },
  { name: 'until the release is requested', seconds: ({ released }) => released },
  { name: 'build and push', seconds: ({ build, push }) => build + push },
  { name: 'push', seconds: ({ push }) => push, goal: 0.15 },
];

/** Median seconds of each way, least and most in brackets, and the median of the bytes that were sent. */
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

/** What `ours` takes of the time of `theirs`, round by round. */
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

/** The goals that were missed, each as a sentence. */
export function missedGoals(ours: Series, theirs: Series): string[] {
  return parts.flatMap((part) => {
    const { median } = spreadOf(ratiosOf(part, ours, theirs));
    if (part.goal === undefined || median <= part.goal) return [];
    return [`${part.name}: ${median.toFixed(3)} × of ${theirs.name}, the goal is ${part.goal} × at most`];
  });
}

function ratiosOf({ seconds }: Part, ours: Series, theirs: Series): number[] {
  return ratios(ours.measurements.map(seconds), theirs.measurements.map(seconds));
}

function spreadText({ min, median, max }: Spread, digits: number): string {
  return `${median.toFixed(digits)} (${min.toFixed(digits)}–${max.toFixed(digits)})`;
}

/** A table whose first column is text and whose others are numbers. */
export function markdown([head, ...rows]: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const rule = head!.map((_, index) => (index === 0 ? '---' : '--:'));
  return [head!, rule, ...rows].map(line).join('\n');
}
