import type { Clock } from '../transport/clock.ts';

export interface VirtualClock extends Clock {
  /** The length of each sleep so far, in milliseconds. */
  readonly slept: number[];
}

/** Returns a clock whose sleeps advance its time and return at once. */
export function virtualClock(): VirtualClock {
  const slept: number[] = [];
  let time = 1_000;
  return {
    slept,
    now: () => time,
    sleep: async (ms, signal) => {
      signal?.throwIfAborted();
      slept.push(ms);
      time += ms;
      // Lets network events happen.
      await new Promise((resolve) => {
        setImmediate(resolve);
      });
    },
  };
}
