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

export interface RetryOptions {
  /** Each of them ends a wait. */
  readonly signals?: readonly AbortSignal[];
  /** Receives a line about each wait that a person would notice. */
  readonly onWait?: ((line: string) => void) | undefined;
}

/** In milliseconds, without progress. */
const noticedTime = 1000;

/** Errors that used up a budget. They are final for every caller, so budgets never multiply. */
const finalErrors = new WeakSet<object>();

/** The attempts of one operation, with growing waits or the registry's Retry-After in between. */
export class RetryBudget {
  readonly #timing: Timing;
  readonly #options: RetryOptions;
  #failures = 0;
  #since = performance.now();

  constructor(timing: Timing, options: RetryOptions = {}) {
    this.#timing = timing;
    this.#options = options;
  }

  /** Starts again, because the operation made progress. */
  refill(): void {
    this.#failures = 0;
    this.#since = performance.now();
  }

  /**
   * Waits before the next attempt.
   * @param isCorrectable whether the next attempt is different, so there's nothing to wait for
   * @throws the error itself if none would help, the error with the number of attempts if none is left, and RegistryPusherError
   * ABORTED
   */
  async spend(error: unknown, isCorrectable = false): Promise<void> {
    this.#failures += 1;
    if (isCorrectable && this.#failures < this.#timing.maxAttempts) return;
    const wait = retryDelay(error, this.#failures, this.#timing);
    if (wait === undefined) throw this.#finalError(error);
    const { onWait, signals = [] } = this.#options;
    const isNoticed = performance.now() - this.#since + wait >= noticedTime;
    if (isNoticed) onWait?.(describeWait(error as Error, wait, this.#failures + 1, this.#timing.maxAttempts));
    return pause(wait, signals);
  }

  #finalError(error: unknown): unknown {
    if (!isTransientError(error)) return error;
    const { code, message, cause } = error as RegistryPusherError;
    const attempts = this.#failures === 1 ? '' : ` Gave up after ${this.#failures} attempts.`;
    const final = new RegistryPusherError(code, `${message}${attempts}`, { cause });
    finalErrors.add(final);
    return final;
  }
}

/**
 * Retries transient failures as long as the budget lasts.
 * @throws what the last attempt threw, and RegistryPusherError ABORTED
 */
export async function withRetries<T>(budget: RetryBudget, attempt: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      await budget.spend(error);
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
  if (!(error instanceof RegistryPusherError) || finalErrors.has(error)) return false;
  const response = errorResponseOf(error);
  if (response) return isTransientStatus(response.status);
  return error.code === 'REGISTRY_UNREACHABLE' && isRetryable(error.cause);
}

function describeWait({ message }: Error, wait: number, attempt: number, maxAttempts: number): string {
  const seconds = wait < 9950 ? (wait / 1000).toFixed(1) : Math.round(wait / 1000);
  return `${message} Attempt ${attempt} of ${maxAttempts} starts in ${seconds} s.`;
}

/** @throws RegistryPusherError ABORTED */
async function pause(milliseconds: number, signals: readonly AbortSignal[]): Promise<void> {
  const signal = AbortSignal.any([...signals]);
  try {
    await sleep(milliseconds, undefined, { signal });
  } catch (cause) {
    if (signal.reason instanceof RegistryPusherError) throw signal.reason;
    throw new RegistryPusherError('ABORTED', 'Canceled while waiting for the registry.', { cause });
  }
}
