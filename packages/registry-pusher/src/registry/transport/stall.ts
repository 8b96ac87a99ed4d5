/** Aborts `signal` when nothing has moved for too long. Time in which the other side waits for us does not count. */
export interface StallWatch {
  readonly signal: AbortSignal;
  /** Something moved, or we wait for the other side from now on, this time for `extra` milliseconds longer. */
  waiting(extra?: number): void;
  /** The other side waits for us. */
  paused(): void;
  /** Nothing is waited for any more. */
  ended(): void;
}

/** The cause of an error that a watch raised. */
export class StalledError extends Error {
  readonly code = 'STALLED';
}

export function watchForStall(milliseconds: number): StallWatch {
  const controller = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  let over = false;
  const stalled = (waited: number) =>
    controller.abort(new StalledError(`no byte moved either way for ${waited / 1000} s`));
  return {
    signal: controller.signal,
    waiting: (extra = 0) => {
      clearTimeout(timer);
      if (!over) timer = setTimeout(stalled, milliseconds + extra, milliseconds + extra);
    },
    paused: () => clearTimeout(timer),
    ended: () => {
      over = true;
      clearTimeout(timer);
    },
  };
}
