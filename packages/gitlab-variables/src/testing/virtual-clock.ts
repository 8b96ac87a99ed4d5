import type { Clock } from '../clock.ts';

export interface VirtualClock extends Clock {
  /** The length of each sleep so far, in milliseconds. */
  readonly slept: number[];
}

/** A clock on which a sleep takes no time and moves the time on. */
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
      // Lets what is under way on the network go on.
      await new Promise((resolve) => {
        setImmediate(resolve);
      });
    },
  };
}
