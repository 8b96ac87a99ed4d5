/** How long things may take, in milliseconds. */
export interface Timing {
  /** Until a connection stands, TLS included. */
  readonly connect: number;
  /** Without a byte moving either way, before one try is given up. A slow registry that moves is never given up. */
  readonly stall: number;
  /** The whole push. */
  readonly push: number;
  /** Before the second try; it doubles from try to try, and jitter takes up to half of it. */
  readonly backoff: number;
  /** The longest wait that a registry's Retry-After is granted; asked for more, we give up at once and say so. */
  readonly longestWait: number;
  /** How often one thing is tried. */
  readonly tries: number;
}

export const defaultTiming: Timing = {
  connect: 10_000,
  stall: 60_000,
  push: 60 * 60_000,
  backoff: 500,
  longestWait: 10 * 60_000,
  tries: 7,
};
