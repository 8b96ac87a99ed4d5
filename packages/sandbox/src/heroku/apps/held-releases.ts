import type { ReleaseStatus } from '../state/model.ts';

type Outcome = Exclude<ReleaseStatus, 'pending'>;

interface Held {
  readsLeft: number;
  readonly end: () => void;
  readonly ended: Promise<Outcome>;
}

/** How to hold the next release. */
export interface Hold {
  readonly reads: number;
  readonly outcome: Outcome;
  /** Called when a release is held. */
  readonly onHeld: () => void;
}

/** Releases that stay pending for the given number of reads, for the fault `hold-release`. */
export class HeldReleases {
  readonly #queued: Hold[] = [];
  readonly #held = new Map<string, Held>();

  holdNext(hold: Hold): void {
    this.#queued.push(hold);
  }

  /** Whether the next release will be held. */
  get willHoldNext(): boolean {
    return this.#queued.length > 0;
  }

  /** Holds this new release if a hold is queued. */
  startIfNext(releaseId: string): void {
    const next = this.#queued.shift();
    if (!next) return;
    next.onHeld();
    let end = (): void => undefined;
    const ended = new Promise<Outcome>((resolve) => (end = () => resolve(next.outcome)));
    this.#held.set(releaseId, { readsLeft: next.reads, end, ended });
    if (next.reads <= 0) end();
  }

  /** Counts one read of a release. */
  countRead(releaseId: string): void {
    const held = this.#held.get(releaseId);
    if (held && --held.readsLeft <= 0) held.end();
  }

  /** Resolves to a held release's outcome after its last read, or `expired` on abort; undefined for other releases. */
  outcomeOf(releaseId: string, signal: AbortSignal): Promise<Outcome> | undefined {
    const ended = this.#held.get(releaseId)?.ended;
    if (!ended) return undefined;
    const aborted = new Promise<Outcome>((resolve) => {
      signal.addEventListener('abort', () => resolve('expired'), { once: true });
    });
    return Promise.race([ended, aborted]);
  }
}
