import { setImmediate } from 'node:timers/promises';

const maxBlockMs = 20;
let blockedSince = 0;

/** Yields to the event loop every 20 ms, between synchronous reads. Returns undefined when it isn't time yet. */
export function yieldToEventLoop(): Promise<void> | undefined {
  const now = performance.now();
  if (now - blockedSince < maxBlockMs) return undefined;
  return setImmediate().then(() => {
    blockedSince = performance.now();
  });
}
