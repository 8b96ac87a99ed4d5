import { setTimeout as sleep } from 'node:timers/promises';

/** Asks again until the answer holds; fails with the last answer after `withinMs`. */
export async function until<Answer>(
  ask: () => Promise<Answer> | Answer,
  holds: (answer: Answer) => boolean,
  withinMs = 30_000,
): Promise<Answer> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    const answer = await ask();
    if (holds(answer)) return answer;
    if (performance.now() > deadline) {
      throw new Error(`Still after ${withinMs} ms: ${JSON.stringify(answer, undefined, 2)}`);
    }
    await sleep(20);
  }
}
