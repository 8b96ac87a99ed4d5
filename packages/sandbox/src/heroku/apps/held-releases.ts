import type { ReleaseStatus } from '../state/model.ts';

export type ReleaseOutcome = Exclude<ReleaseStatus, 'pending'>;

interface Held {
  readsLeft: number;
  readonly end: () => void;
  readonly ended: Promise<ReleaseOutcome>;
}

/** How to hold a release. */
export interface Hold {
  /** The number of reads after which the hold ends. Default: no limit. */
  readonly reads?: number;
  readonly outcome: ReleaseOutcome;
  /** Ends the hold on abort. */
  readonly signal?: AbortSignal;
  /** Called when a release is held. */
  readonly onHeld?: () => void;
}

/** Releases that stay pending until their hold ends, for the faults `hold-release` and `other-release`. */
export class HeldReleases {
  #queued: Hold[] = [];
  readonly #held = new Map<string, Held>();

  /** Holds the next release, unless the hold's signal aborts before it. */
  holdNext(hold: Hold): void {
    this.#queued.push(hold);
    hold.signal?.addEventListener('abort', () => (this.#queued = this.#queued.filter((queued) => queued !== hold)));
  }

  /** Returns the hold of the next release and takes it out of the queue. */
  takeNext(): Hold | undefined {
    return this.#queued.shift();
  }

  start(releaseId: string, { reads = Infinity, outcome, signal, onHeld }: Hold): void {
    onHeld?.();
    let end = (): void => undefined;
    const ended = new Promise<ReleaseOutcome>((resolve) => (end = () => resolve(outcome)));
    this.#held.set(releaseId, { readsLeft: reads, end, ended });
    signal?.addEventListener('abort', end, { once: true });
    if (reads <= 0 || signal?.aborted) end();
  }

  /** Counts one read of a release. */
  countRead(releaseId: string): void {
    const held = this.#held.get(releaseId);
    if (held && --held.readsLeft <= 0) held.end();
  }

  /** Resolves to a held release's outcome at the end of its hold, or `expired` on abort; undefined for other releases. */
  outcomeOf(releaseId: string, signal: AbortSignal): Promise<ReleaseOutcome> | undefined {
    const ended = this.#held.get(releaseId)?.ended;
    if (!ended) return undefined;
    const aborted = new Promise<ReleaseOutcome>((resolve) => {
      signal.addEventListener('abort', () => resolve('expired'), { once: true });
    });
    return Promise.race([ended, aborted]);
  }
}
