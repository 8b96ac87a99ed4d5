/**
 * Runs work that does several things at the same time. When it fails, the rest of it is aborted: nothing continues in the
 * background.
 * @param signal also aborts it
 */
export async function abortOnFailure<T>(
  signal: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const stop = new AbortController();
  const cancel = () => stop.abort(signal?.reason);
  signal?.addEventListener('abort', cancel);
  if (signal?.aborted === true) cancel();
  try {
    return await work(stop.signal);
  } catch (error) {
    stop.abort(error);
    throw error;
  } finally {
    signal?.removeEventListener('abort', cancel);
  }
}
