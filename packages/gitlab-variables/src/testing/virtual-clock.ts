import type { Clock } from '../transport/clock.ts';

export interface VirtualClock extends Clock {
  /** The lengths of all sleeps so far, in milliseconds. */
  readonly slept: number[];
}

/** Returns a clock whose sleeps advance it without waiting. */
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
      // Lets pending network events run.
      await new Promise((resolve) => {
        setImmediate(resolve);
      });
    },
  };
}
