import { ratios, spreadOf } from '../statistics.ts';
import { markdown, spreadText } from '../table.ts';

/** The compared ways. A case may lack some. */
export type WayName = 'floor' | 'registry-pusher' | 'containerify' | 'docker build' | 'docker build (BuildKit)';

const others = ['containerify', 'docker build', 'docker build (BuildKit)'] as const;

export interface CaseResult {
  readonly name: string;
  /** In milliseconds. */
  readonly roundTrip: number;
  /** One number per round. Some ways are measured only in the first rounds. */
  readonly seconds: Readonly<Partial<Record<WayName, readonly number[]>>>;
  readonly goal: Goal;
}

/** The maxima for the medians of the ratios. */
export type Goal = Readonly<Partial<Record<Exclude<WayName, 'registry-pusher'>, number>>>;

/** Returns a table with a row for each case: seconds as median (min–max), then the median of our ratios, round by round. */
export function caseTable(results: readonly CaseResult[]): string {
  const head = ['case', 'round trip, ms', 'floor, s', 'registry-pusher, s', ...others.map((name) => `${name}, s`)];
  return markdown([
    [...head, '÷ floor', ...others.map((name) => `÷ ${name}`), 'goal'],
    ...results.map((result) => [
      result.name,
      String(result.roundTrip),
      ...(['floor', 'registry-pusher', ...others] as const).map((way) => secondsText(result.seconds[way])),
      ...(['floor', ...others] as const).map((way) => ratioText(ratioTo(result, way))),
      verdict(result),
    ]),
  ]);
}

/** Returns a line for each missed goal. */
export function missed(results: readonly CaseResult[]): string[] {
  return results
    .filter((result) => verdict(result).startsWith('missed'))
    .map((result) => `${result.name}, ${result.roundTrip} ms: ${verdict(result)}`);
}

/** `met: ≤ 1.5 × floor, ≤ 0.15 × containerify`. Empty without a goal, or without anything to compare with. */
function verdict(result: CaseResult): string {
  const checks = (Object.entries(result.goal) as [WayName, number][]).flatMap(([way, limit]) => {
    const ratio = ratioTo(result, way);
    return ratio === undefined ? [] : [{ met: ratio <= limit, text: `≤ ${limit} × ${way}` }];
  });
  if (checks.length === 0) return '';
  return `${checks.every(({ met }) => met) ? 'met' : 'missed'}: ${checks.map(({ text }) => text).join(', ')}`;
}

function ratioTo({ seconds }: CaseResult, way: WayName): number | undefined {
  const theirs = seconds[way];
  const ours = seconds['registry-pusher'];
  if (theirs === undefined || ours === undefined || theirs.length === 0) return undefined;
  return spreadOf(ratios(ours.slice(0, theirs.length), theirs)).median;
}

function secondsText(numbers: readonly number[] | undefined): string {
  if (numbers === undefined || numbers.length === 0) return '';
  return spreadText(spreadOf(numbers), 2);
}

function ratioText(ratio: number | undefined): string {
  return ratio === undefined ? '' : ratio.toFixed(3);
}
