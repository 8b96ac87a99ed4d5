import { setTimeout as delay } from 'node:timers/promises';

/** The time, replaceable in tests. */
export interface Clock {
  /** Milliseconds since a fixed moment. Never goes back. */
  now(): number;
  /** Resolves after `ms` milliseconds. Rejects as soon as the signal aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

const maxTimer = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => performance.now(),
  sleep: (ms, signal) => delay(Math.min(Math.max(ms, 0), maxTimer), undefined, signal ? { signal } : {}),
};
