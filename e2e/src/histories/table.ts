import type { Situation } from './situations.ts';
import { apps } from './project.ts';

/** What ran at the end of a situation, by the way to deploy: the version of each app. */
export interface Row {
  /** From 1. */
  readonly number: number;
  readonly situation: Situation;
  readonly runs: Readonly<Record<string, readonly string[]>>;
}

/** Returns a table in Markdown: what must run, and what each way leads to. A wrong result is in bold. */
export function formatTable(rows: readonly Row[]): string {
  const ways = Object.keys(rows[0]?.runs ?? {});
  return [
    line(['', 'what happens', 'must run', ...ways]),
    line(['--:', ...Array.from({ length: ways.length + 2 }, () => '---')]),
    ...rows.map(formatRow),
  ].join('\n');
}

export function formatRow({ number, situation, runs }: Row): string {
  const mustRun = apps.map((app) => situation.mustRun[app]).join(' ');
  const results = Object.values(runs).map((versions) => versions.join(' '));
  return line([
    String(number),
    situation.title,
    mustRun,
    ...results.map((result) => (result === mustRun ? result : `**${result}**`)),
  ]);
}

const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;

/** Returns how many rows each way gets right. */
export function countRight(rows: readonly Row[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { situation, runs } of rows)
    for (const [way, result] of Object.entries(runs))
      counts[way] = (counts[way] ?? 0) + Number(apps.every((app, index) => situation.mustRun[app] === result[index]));
  return counts;
}

/** Returns the situations of ranges such as `1-10,12`, with their numbers from 1. */
export function chooseSituations(
  situations: readonly Situation[],
  ranges: string,
): { readonly number: number; readonly situation: Situation }[] {
  const chosen = ranges.split(',').map((range) => {
    const [, from, to = from] = /^(\d+)(?:-(\d+))?$/.exec(range) ?? [];
    if (from === undefined) throw new Error(`"${range}" isn't a range of situations, such as 1-10`);
    return { from: Number(from), to: Number(to) };
  });
  return situations
    .map((situation, index) => ({ number: index + 1, situation }))
    .filter(({ number }) => chosen.some(({ from, to }) => from <= number && number <= to));
}
