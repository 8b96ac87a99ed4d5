import { type Clock, systemClock } from '../transport/clock.ts';

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

/** Returns a real clock that aborts as soon as something sleeps. */
export function abortInSleep(controller: AbortController): Clock {
  return {
    now: () => systemClock.now(),
    sleep(ms, signal) {
      const sleeping = systemClock.sleep(ms, signal);
      controller.abort();
      return sleeping;
    },
  };
}
