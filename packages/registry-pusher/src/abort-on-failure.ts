import { setMaxListeners } from 'node:events';
import { RegistryPusherError } from './image/errors.ts';

/**
 * Runs work that does several things at the same time. When it fails, the rest of it is aborted: nothing continues in the
 * background.
 * @param signal also aborts it
 * @throws what the work threw, or RegistryPusherError ABORTED in place of what it threw because of the signal
 */
export async function abortOnFailure<T>(
  signal: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const { stop, unlink } = linkController(signal);
  try {
    return await work(stop.signal);
  } catch (error) {
    const isCanceled = stop.signal.aborted && !(error instanceof RegistryPusherError);
    stop.abort(error);
    throw isCanceled ? stop.signal.reason : error;
  } finally {
    unlink();
  }
}

/** A controller whose signal any number of requests may listen to. */
export interface LinkedController {
  readonly stop: AbortController;
  readonly unlink: () => void;
}

/**
 * Creates a controller that a signal also aborts. The reason of its own signal is then a RegistryPusherError, regardless of the
 * other signal's reason.
 */
export function linkController(signal: AbortSignal | undefined): LinkedController {
  const stop = new AbortController();
  setMaxListeners(0, stop.signal);
  const cancel = () => stop.abort(toAbortError(signal?.reason));
  signal?.addEventListener('abort', cancel, { once: true });
  if (signal?.aborted === true) cancel();
  return { stop, unlink: () => signal?.removeEventListener('abort', cancel) };
}

function toAbortError(reason: unknown): RegistryPusherError {
  if (reason instanceof RegistryPusherError) return reason;
  return new RegistryPusherError('ABORTED', 'Canceled.', { cause: reason });
}
