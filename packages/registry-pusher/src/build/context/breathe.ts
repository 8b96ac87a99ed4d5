import { setImmediate } from 'node:timers/promises';

const longestHold = 20;
let heldSince = 0;

/** Lets other things happen now and then, between synchronous reads. @returns undefined when it is not yet time */
export function breathe(): Promise<void> | undefined {
  const now = performance.now();
  if (now - heldSince < longestHold) return undefined;
  return setImmediate().then(() => {
    heldSince = performance.now();
  });
}
