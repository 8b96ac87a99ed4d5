import { setTimeout as sleep } from 'node:timers/promises';

/** Polls until the value meets the condition. Throws with the last value after `withinMs`. */
export async function until<Value>(
  read: () => Promise<Value> | Value,
  isMet: (value: Value) => boolean,
  withinMs = 30_000,
): Promise<Value> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    const value = await read();
    if (isMet(value)) return value;
    if (performance.now() > deadline) {
      throw new Error(`Still after ${withinMs} ms: ${JSON.stringify(value, undefined, 2)}`);
    }
    await sleep(20);
  }
}
