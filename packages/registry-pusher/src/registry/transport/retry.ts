import { setTimeout as sleep } from 'node:timers/promises';
import { RegistryPusherError } from '../../image/errors.ts';
import { answerOf } from './answer.ts';
import type { Timing } from './timing.ts';
import { mayPass } from './unreachable.ts';

const passingStatuses = new Set([408, 429, 500, 502, 503, 504]);

/** Whether a status tells of trouble that passes. */
export function passes(status: number): boolean {
  return passingStatuses.has(status);
}

/**
 * Tries again what failed for a reason that passes, waiting longer from try to try, or as long as the registry asks.
 * @throws what the last try threw, and RegistryPusherError ABORTED
 */
export async function retrying<T>(
  timing: Timing,
  signal: AbortSignal | undefined,
  attempt: () => Promise<T>,
): Promise<T> {
  for (let failures = 1; ; failures += 1) {
    try {
      return await attempt();
    } catch (error) {
      const wait = waitAfter(error, failures, timing);
      if (wait === undefined) throw error;
      await pause(wait, signal);
    }
  }
}

/** Milliseconds to wait before the next try; undefined when there is to be none. */
export function waitAfter(error: unknown, failures: number, timing: Timing): number | undefined {
  if (failures >= timing.tries || !isPassing(error)) return undefined;
  const asked = answerOf(error)?.retryAfter;
  if (asked !== undefined) return asked > timing.longestWait ? undefined : asked;
  const full = Math.min(timing.backoff * 2 ** (failures - 1), timing.backoff * 32);
  return full * (1 - Math.random() / 2);
}

/** Whether an error tells of trouble that passes: a broken or stalled connection, or an answer that says so. */
export function isPassing(error: unknown): boolean {
  if (!(error instanceof RegistryPusherError)) return false;
  const answer = answerOf(error);
  if (answer) return passes(answer.status);
  return error.code === 'REGISTRY_UNREACHABLE' && mayPass(error.cause);
}

/** @throws RegistryPusherError ABORTED */
export async function pause(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await sleep(milliseconds, undefined, signal ? { signal } : {});
  } catch (cause) {
    if (signal?.reason instanceof RegistryPusherError) throw signal.reason;
    throw new RegistryPusherError('ABORTED', 'Cancelled while waiting for the registry.', { cause });
  }
}
