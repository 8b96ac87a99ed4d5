import { constants } from 'node:os';

/** What stops a command from outside. A terminal that is closed is a SIGHUP. */
export const stopSignals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Nx and npm pass Ctrl-C on to a process that has received it itself: that is one request to stop, not two. */
const sameRequestMs = 250;

/** Nx kills a process 5 seconds after the signal. */
const patienceMs = 3500;

/** The first signal aborts. The second, or 3.5 seconds without an end, ends the process at once. */
export interface Cancellation {
  readonly signal: AbortSignal;
  /** 128 plus the signal's number; undefined before a signal. */
  exitCode(): number | undefined;
  /** As if the process had received the signal once. */
  cancel(name: NodeJS.Signals): void;
  dispose(): void;
}

/** @param endNow writes what still has to be said, synchronously, before the process ends */
export function cancelOnSignals(endNow: (reason: Error) => void): Cancellation {
  const controller = new AbortController();
  let received: { readonly name: NodeJS.Signals; readonly at: number } | undefined;
  let patience: NodeJS.Timeout | undefined;

  const exitCode = (): number | undefined => received && 128 + constants.signals[received.name];
  function end(): void {
    endNow(controller.signal.reason as Error);
    process.exit(exitCode());
  }
  function onSignal(name: NodeJS.Signals): void {
    const time = performance.now();
    if (received) {
      if (time - received.at >= sameRequestMs) end();
      return;
    }
    received = { name, at: time };
    patience = setTimeout(end, patienceMs).unref();
    controller.abort(new Error(`stopped by ${name}`));
  }
  for (const name of stopSignals) process.on(name, onSignal);
  return {
    signal: controller.signal,
    exitCode,
    cancel: onSignal,
    dispose() {
      clearTimeout(patience);
      for (const name of stopSignals) process.off(name, onSignal);
    },
  };
}
