import { ratios, type Spread, spreadOf } from '../statistics.ts';
import { markdown } from '../table.ts';

/** The compared ways. A case may lack some. */
export type WayName = 'floor' | 'registry-pusher' | 'containerify' | 'docker build' | 'docker build (BuildKit)';

const others = ['containerify', 'docker build', 'docker build (BuildKit)'] as const;
const dockers = ['docker build', 'docker build (BuildKit)'] as const;

export interface CaseResult {
  readonly name: string;
  /** In milliseconds. */
  readonly roundTrip: number;
  /** One number per round. Some ways are measured only in the first rounds. */
  readonly seconds: Readonly<Partial<Record<WayName, readonly number[]>>>;
  readonly goal: Goal;
}

/** The maxima for the medians of the ratios. For Docker, the faster builder is used. */
export interface Goal {
  readonly floor?: number;
  readonly containerify?: number;
  readonly docker?: number;
  /** Whether one of the goals for Docker and the floor is enough. */
  readonly either?: boolean;
}

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

/** `met: ≤ 0.05 × docker or ≤ 1.5 × floor, ≤ 0.15 × containerify`. Empty without a goal, or without anything to compare with. */
function verdict(result: CaseResult): string {
  const { goal } = result;
  const toDocker = dockers.map((way) => ratioTo(result, way)).filter((ratio) => ratio !== undefined);
  const checks = [
    check('docker', goal.docker, toDocker.length === 0 ? undefined : Math.max(...toDocker)),
    check('floor', goal.floor, ratioTo(result, 'floor')),
  ].flat();
  const rest = check('containerify', goal.containerify, ratioTo(result, 'containerify'));
  const first = goal.either ? either(checks) : checks;
  const all = [...first, ...rest];
  if (all.length === 0) return '';
  return `${all.every(({ met }) => met) ? 'met' : 'missed'}: ${all.map(({ text }) => text).join(', ')}`;
}

interface Check {
  readonly met: boolean;
  readonly text: string;
}

function check(name: string, limit: number | undefined, ratio: number | undefined): Check[] {
  if (limit === undefined || ratio === undefined) return [];
  return [{ met: ratio <= limit, text: `≤ ${limit} × ${name}` }];
}

function either(checks: readonly Check[]): Check[] {
  if (checks.length === 0) return [];
  return [{ met: checks.some(({ met }) => met), text: checks.map(({ text }) => text).join(' or ') }];
}

function ratioTo({ seconds }: CaseResult, way: WayName): number | undefined {
  const theirs = seconds[way];
  const ours = seconds['registry-pusher'];
  if (theirs === undefined || ours === undefined || theirs.length === 0) return undefined;
  return spreadOf(ratios(ours.slice(0, theirs.length), theirs)).median;
}

function secondsText(numbers: readonly number[] | undefined): string {
  if (numbers === undefined || numbers.length === 0) return '';
  const { min, median, max }: Spread = spreadOf(numbers);
  return `${median.toFixed(2)} (${min.toFixed(2)}–${max.toFixed(2)})`;
}

function ratioText(ratio: number | undefined): string {
  return ratio === undefined ? '' : ratio.toFixed(3);
}
