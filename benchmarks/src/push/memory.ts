import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { bareMemory, pushDirectly } from './node-ways.ts';
import { hugeFile } from './project.ts';
import type { Stage } from './rounds.ts';
import type { Finding } from './scaling.ts';

const goal = 128;

/** Measures the peak memory of a push of one huge layer: the first one, and one that reuses it. */
export async function measureMemory({ directory, registry, base }: Stage, gibibytes: number): Promise<Finding> {
  const context = await hugeFile(join(directory, 'huge'), gibibytes * 2 ** 30);
  const runner = join(directory, 'runner');
  const push = { context, base, target: { host: registry.host, repository: 'huge', tag: 'latest' }, runner };
  const bare = await bareMemory(runner);
  const cold = await pushDirectly(push);
  const warm = await pushDirectly(push);
  if (warm.reusedLayers !== 1) throw new Error("The second push of the huge layer didn't reuse it.");
  await rm(context, { recursive: true });
  const over = (bytes: number): number => (bytes - bare) / 2 ** 20;
  const row = (name: string, { seconds, peakMemory }: typeof cold) =>
    `${name} ${over(peakMemory).toFixed(0)} MiB over bare Node.js (${seconds.toFixed(0)} s)`;
  const most = Math.max(over(cold.peakMemory), over(warm.peakMemory));
  const met = most <= goal;
  return {
    text: `Peak resident memory, a layer of ${gibibytes} GiB: ${row('cold', cold)}, ${row('warm', warm)}; bare Node.js ${(bare / 2 ** 20).toFixed(0)} MiB; ${met ? 'met' : 'missed'}: ≤ ${goal} MiB.`,
    missed: met ? [] : [`memory: ${most.toFixed(0)} MiB over bare Node.js, the goal is ${goal} MiB`],
  };
}
