import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';

/** Seconds on the monotonic clock: a laptop that sleeps or a corrected wall clock never makes a wait negative. */
export function now(): number {
  return performance.now() / 1000;
}

/** Waits some seconds; rejects when the signal aborts. */
export async function wait(seconds: number, signal?: AbortSignal): Promise<void> {
  await sleep(seconds * 1000, undefined, signal ? { signal } : {});
}
