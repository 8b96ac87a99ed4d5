/** Aborts `signal` when no byte moves for too long. Time in which the other side waits for us doesn't count. */
export interface StallWatch {
  readonly signal: AbortSignal;
  /** Starts the time again, this once with `extra` milliseconds more: a byte moved, or we now wait for the other side. */
  restart(extra?: number): void;
  /** Stops the time while the other side waits for us. */
  suspend(): void;
  /** Ends the watch. */
  stop(): void;
}

/** The cause of an error that a watch raised. */
export class StalledError extends Error {
  readonly code = 'STALLED';
}

export function watchForStall(milliseconds: number): StallWatch {
  const controller = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  let isStopped = false;
  const abort = (waited: number) =>
    controller.abort(new StalledError(`no data moved in either direction for ${waited / 1000} s`));
  return {
    signal: controller.signal,
    restart: (extra = 0) => {
      clearTimeout(timer);
      if (!isStopped) timer = setTimeout(abort, milliseconds + extra, milliseconds + extra);
    },
    suspend: () => clearTimeout(timer),
    stop: () => {
      isStopped = true;
      clearTimeout(timer);
    },
  };
}
