import { setTimeout as sleep } from 'node:timers/promises';
import type { Engine } from './engine.ts';

export interface MemoryWatch {
  readonly engine: Engine;
  readonly container: string;
  readonly quotaMb: number;
  readonly everyMs: number;
  readonly onNotice: (line: string) => void;
  readonly signal: AbortSignal;
}

interface Stats {
  readonly memory_stats: {
    readonly usage?: number;
    readonly stats?: { readonly total_inactive_file?: number; readonly inactive_file?: number };
  };
}

/** Reports R14 at each check while a dyno uses more memory than its quota. Resolves when the signal aborts. */
export async function watchMemory({
  engine,
  container,
  quotaMb,
  everyMs,
  onNotice,
  signal,
}: MemoryWatch): Promise<void> {
  for (;;) {
    await sleep(everyMs, undefined, { signal, ref: false }).catch(() => undefined);
    if (signal.aborted) return;
    const query = { stream: false, 'one-shot': true };
    const stats = await engine.ask<Stats>('GET', `/containers/${container}/stats`, { query }).catch(() => undefined);
    const usedMb = stats ? usedBytes(stats) / 2 ** 20 : 0;
    if (usedMb <= quotaMb || signal.aborted) continue;
    onNotice(memoryLine(usedMb, quotaMb));
    onNotice('Error R14 (Memory quota exceeded)');
  }
}

/** The log line of a dyno that the kernel killed at twice its quota. */
export function vastlyExceeded(quotaMb: number): readonly string[] {
  return [
    memoryLine(2 * quotaMb, quotaMb),
    'Error R15 (Memory quota vastly exceeded)',
    'Stopping process with SIGKILL',
  ];
}

const memoryLine = (usedMb: number, quotaMb: number): string =>
  `Process running mem=${usedMb.toFixed(0)}M(${((100 * usedMb) / quotaMb).toFixed(1)}%)`;

/** Excludes the page cache, which the kernel may drop at any time. cgroups v1 names it `total_…`. */
function usedBytes({ memory_stats: { usage = 0, stats } }: Stats): number {
  return usage - (stats?.total_inactive_file ?? stats?.inactive_file ?? 0);
}
