import { constants } from 'node:os';

/** Aborts on SIGINT or SIGTERM. The second signal ends the process at once. */
export interface Cancellation {
  readonly signal: AbortSignal;
  /** 128 plus the signal's number; undefined before a signal. */
  exitCode(): number | undefined;
  dispose(): void;
}

export function cancelOnSignals(): Cancellation {
  const controller = new AbortController();
  let received: NodeJS.Signals | undefined;
  const onSignal = (name: NodeJS.Signals): void => {
    if (received) process.exit(128 + constants.signals[name]);
    received = name;
    controller.abort(new Error(`stopped by ${name}`));
  };
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
  return {
    signal: controller.signal,
    exitCode: () => (received ? 128 + constants.signals[received] : undefined),
    dispose() {
      process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
    },
  };
}
