/** Starts work early without an unhandled rejection: whoever awaits the promise gets the error, if anyone does. */
export function startEarly<T>(work: Promise<T>): Promise<T> {
  work.catch(() => undefined);
  return work;
}
