import { assertDeadline } from '../transport/api.ts';
import type { Clock } from '../transport/clock.ts';

/** The options of every request. */
export interface RequestOptions {
  /** Ends the request, and every wait in it, with ABORTED. */
  readonly signal?: AbortSignal;
  /** Milliseconds from now, on a clock that never jumps. No retry starts and no wait continues after it. Default: none. */
  readonly deadline?: number;
}

/**
 * Starts the deadline of several requests. Returns a function that returns the options of the next one, with the time left.
 * @throws HerokuError OPTIONS_INVALID
 */
export function startDeadline(clock: Clock, { signal, deadline }: RequestOptions): () => RequestOptions {
  assertDeadline(deadline);
  const end = deadline === undefined ? undefined : clock.now() + deadline;
  return () => ({
    ...(signal ? { signal } : {}),
    ...(end === undefined ? {} : { deadline: Math.max(0, end - clock.now()) }),
  });
}
