import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ratios, spreadOf } from '../statistics.ts';
import { pushDirectly } from './node-ways.ts';
import { manyFiles } from './project.ts';
import type { Stage } from './rounds.ts';

/** A measurement as text, and its missed goals. */
export interface Finding {
  readonly text: string;
  readonly missed: readonly string[];
}

const fewFiles = 3700;
const fileSize = 2048;
const goal = 11;

/** Measures the first push of ten times as many files, in turns with the smaller number. */
export async function measureScaling({ directory, registry, rounds }: Stage): Promise<Finding> {
  const counts = [fewFiles, 10 * fewFiles];
  const projects = await Promise.all(
    counts.map((count) => manyFiles(join(directory, `files-${count}`), count, fileSize)),
  );
  const seconds = counts.map((): number[] => []);
  for (let round = 0; round <= rounds; round++) {
    for (const [index, context] of projects.entries()) {
      const target = { host: registry.host, repository: `files/${counts[index]}-${round}`, tag: 'latest' };
      const pushed = await pushDirectly({ context, target, runner: join(directory, 'runner') });
      console.error(`${counts[index]} files: ${pushed.seconds.toFixed(2)} s`);
      if (round > 0) seconds[index]!.push(pushed.seconds);
    }
  }
  for (const project of projects) await rm(project, { recursive: true });
  const { min, median, max } = spreadOf(ratios(seconds[1]!, seconds[0]!));
  const [few, many] = seconds.map((each) => spreadOf(each).median.toFixed(2));
  const met = median <= goal;
  return {
    text: `10 × the files (${counts[1]} instead of ${counts[0]}, of ${fileSize} bytes each, first push): ${many} s instead of ${few} s, ${median.toFixed(1)} × the time (${min.toFixed(1)}–${max.toFixed(1)}); ${met ? 'met' : 'missed'}: ≤ ${goal} ×.`,
    missed: met ? [] : [`10 × the files: ${median.toFixed(1)} × the time, the goal is ${goal} ×`],
  };
}
