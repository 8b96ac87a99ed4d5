/** Time limits in milliseconds, and the number of attempts. */
export interface Timing {
  /** To connect, TLS included. */
  readonly connect: number;
  /** Without a byte moving either way, after which one attempt fails. A slow registry that keeps moving never does. */
  readonly stall: number;
  /** For all of a small document: a manifest, a config, a token. */
  readonly document: number;
  /** For a whole push. */
  readonly push: number;
  /** Before the second attempt; doubles with each one, and jitter removes up to half of it. */
  readonly backoff: number;
  /** The longest Retry-After that is waited for. A longer one fails at once. */
  readonly maxRetryAfter: number;
  /** Attempts of one operation, the first included. */
  readonly maxAttempts: number;
}

export const defaultTiming: Timing = {
  connect: 10_000,
  stall: 60_000,
  document: 60_000,
  push: 60 * 60_000,
  backoff: 500,
  maxRetryAfter: 10 * 60_000,
  maxAttempts: 7,
};
