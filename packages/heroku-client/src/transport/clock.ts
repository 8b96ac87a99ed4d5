import { setTimeout as delay } from 'node:timers/promises';

/** The time that this package uses. Tests pass their own, and don't wait. */
export interface Clock {
  /** Milliseconds since a fixed moment. Never goes back, even if the wall clock does. */
  now(): number;
  /** Resolves after `ms` milliseconds; rejects at once when the signal aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

const longestTimer = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => performance.now(),
  sleep: (ms, signal) => delay(Math.min(Math.max(ms, 0), longestTimer), undefined, signal ? { signal } : {}),
};
