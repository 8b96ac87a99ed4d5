import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '@tozo/heroku-client';

/** A clock that runs ten times as fast: a local sandbox needs no polite pauses. */
export const fastClock: Clock = {
  now: () => performance.now() * 10,
  sleep: (ms, signal) => sleep(ms / 10, undefined, signal ? { signal } : {}),
};
