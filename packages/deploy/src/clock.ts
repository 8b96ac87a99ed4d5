import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';

/** Returns seconds of the monotonic clock, which neither a sleeping laptop nor a corrected wall clock turns back. */
export function now(): number {
  return performance.now() / 1000;
}

/** Waits for a number of seconds; rejects when the signal aborts. */
export async function wait(seconds: number, signal?: AbortSignal): Promise<void> {
  await sleep(seconds * 1000, undefined, signal ? { signal } : {});
}
