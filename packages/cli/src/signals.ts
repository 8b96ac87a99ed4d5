import { constants } from 'node:os';

/** What stops a command from outside. A terminal that is closed is a SIGHUP. */
export const stopSignals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Nx and npm pass Ctrl-C on to a process that has received it itself: that is one request to stop, not two. */
const sameRequestMs = 250;

/** Nx kills a process 5 seconds after the signal. */
const patienceMs = 3500;

/** Stops a command that receives a signal. */
export interface Cancellation {
  /** Aborted by the first signal. */
  readonly signal: AbortSignal;
  /** 128 plus the signal's number; undefined before a signal. */
  exitCode(): number | undefined;
  /** As if the process had received the signal once. */
  cancel(name: NodeJS.Signals): void;
  dispose(): void;
}

/** As `Cancellation`, for a command that waits for another program however long that takes. */
export interface Interruption extends Cancellation {
  /** Aborted by the second signal. */
  readonly again: AbortSignal;
}

/**
 * The first signal aborts. The second, or 3.5 seconds without an end, ends the process at once.
 * @param endNow writes what still has to be said, synchronously, before the process ends
 */
export function cancelOnSignals(endNow: (reason: Error) => void): Cancellation {
  let patience: NodeJS.Timeout | undefined;
  const cancellation = listen(() => end());
  function end(): void {
    endNow(cancellation.signal.reason as Error);
    process.exit(cancellation.exitCode());
  }
  cancellation.signal.addEventListener('abort', () => (patience = setTimeout(end, patienceMs).unref()));
  return {
    ...cancellation,
    dispose() {
      clearTimeout(patience);
      cancellation.dispose();
    },
  };
}

/** Neither signal ends the process: it ends once what it waits for has ended. */
export function interruptOnSignals(): Interruption {
  const again = new AbortController();
  return { ...listen(() => again.abort()), again: again.signal };
}

function listen(onAgain: () => void): Cancellation {
  const controller = new AbortController();
  let received: { readonly name: NodeJS.Signals; readonly at: number } | undefined;
  function onSignal(name: NodeJS.Signals): void {
    const time = performance.now();
    if (received) {
      if (time - received.at >= sameRequestMs) onAgain();
      return;
    }
    received = { name, at: time };
    controller.abort(new Error(`stopped by ${name}`));
  }
  const stopListening = (): void => {
    for (const name of stopSignals) process.off(name, onSignal);
  };
  for (const name of stopSignals) process.on(name, onSignal);
  return {
    signal: controller.signal,
    exitCode: () => received && 128 + constants.signals[received.name],
    cancel: onSignal,
    dispose() {
      // The same request may send another one while what was said is still being written.
      const left = received ? sameRequestMs - (performance.now() - received.at) : 0;
      if (left > 0) setTimeout(stopListening, left).unref();
      else stopListening();
    },
  };
}
