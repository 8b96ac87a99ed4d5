import { setTimeout as delay } from 'node:timers/promises';

/** Time as this package reads it: for tests, which must not wait. */
export interface Clock {
  /** Milliseconds since some fixed moment; never goes back, whatever the wall clock does. */
  now(): number;
  /** Resolves after `ms` milliseconds; rejects at once when the signal aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

const longestTimer = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => performance.now(),
  sleep: (ms, signal) => delay(Math.min(Math.max(ms, 0), longestTimer), undefined, signal ? { signal } : {}),
};
