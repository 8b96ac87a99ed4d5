import { setTimeout as sleep } from 'node:timers/promises';
import { RegistryPusherError } from '../../image/errors.ts';
import { errorResponseOf } from './error-response.ts';
import type { Timing } from './timing.ts';
import { isRetryable } from './unreachable.ts';

const transientStatuses = new Set([408, 429, 500, 502, 503, 504]);

/** Returns whether a status is worth a retry. */
export function isTransientStatus(status: number): boolean {
  return transientStatuses.has(status);
}

/**
 * Retries transient failures, with growing waits or the registry's Retry-After.
 * @throws what the last attempt threw, and RegistryPusherError ABORTED
 */
export async function withRetries<T>(
  timing: Timing,
  signal: AbortSignal | undefined,
  attempt: () => Promise<T>,
): Promise<T> {
  for (let failures = 1; ; failures += 1) {
    try {
      return await attempt();
    } catch (error) {
      const wait = retryDelay(error, failures, timing);
      if (wait === undefined) throw error;
      await pause(wait, signal);
    }
  }
}

/** Returns the milliseconds before the next attempt, or undefined when there should be none. */
export function retryDelay(error: unknown, failures: number, timing: Timing): number | undefined {
  if (failures >= timing.maxAttempts || !isTransientError(error)) return undefined;
  const requested = errorResponseOf(error)?.retryAfter;
  if (requested !== undefined) return requested > timing.maxRetryAfter ? undefined : requested;
  const full = Math.min(timing.backoff * 2 ** (failures - 1), timing.backoff * 32);
  return full * (1 - Math.random() / 2);
}

/** Returns whether an error is worth a retry: a broken or stalled connection, or a response with a transient status. */
export function isTransientError(error: unknown): boolean {
  if (!(error instanceof RegistryPusherError)) return false;
  const response = errorResponseOf(error);
  if (response) return isTransientStatus(response.status);
  return error.code === 'REGISTRY_UNREACHABLE' && isRetryable(error.cause);
}

/** @throws RegistryPusherError ABORTED */
export async function pause(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await sleep(milliseconds, undefined, signal ? { signal } : {});
  } catch (cause) {
    if (signal?.reason instanceof RegistryPusherError) throw signal.reason;
    throw new RegistryPusherError('ABORTED', 'Canceled while waiting for the registry.', { cause });
  }
}
