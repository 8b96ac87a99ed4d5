/** Milliseconds. */
const timeLimit = 10_000;

/** Returns a signal for a request that a build can do without: aborted with another signal, or after 10 s. */
export function limitTime(signal: AbortSignal | undefined): AbortSignal {
  const timeout = AbortSignal.timeout(timeLimit);
  return signal === undefined ? timeout : AbortSignal.any([signal, timeout]);
}
