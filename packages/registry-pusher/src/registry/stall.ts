/** Aborts `signal` when nothing has moved for too long. Time that is spent waiting for ourselves does not count. */
export interface StallWatch {
  readonly signal: AbortSignal;
  /** Something moved, or we wait for the other side from now on, this time for `extra` milliseconds longer. */
  waiting(extra?: number): void;
  /** The other side waits for us. */
  paused(): void;
}

export class StalledError extends Error {
  readonly code = 'STALLED';
}

export function watchForStall(milliseconds: number): StallWatch {
  const controller = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const stalled = (waited: number) =>
    controller.abort(new StalledError(`no byte moved either way for ${Math.round(waited / 1000)} s`));
  return {
    signal: controller.signal,
    waiting: (extra = 0) => {
      clearTimeout(timer);
      timer = setTimeout(stalled, milliseconds + extra, milliseconds + extra);
    },
    paused: () => clearTimeout(timer),
  };
}
