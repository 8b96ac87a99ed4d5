import type { ReleaseStatus } from '../state/model.ts';

type Outcome = Exclude<ReleaseStatus, 'pending'>;

interface Held {
  readsLeft: number;
  readonly end: () => void;
  readonly ended: Promise<Outcome>;
}

/** How the next release shall be held. */
export interface Hold {
  readonly reads: number;
  readonly outcome: Outcome;
  /** Called when there is a release that is held. */
  readonly onHeld: () => void;
}

/** Releases that stay pending until they were read so often: a fault that a test or a person has set. */
export class HeldReleases {
  readonly #coming: Hold[] = [];
  readonly #held = new Map<string, Held>();

  holdNext(hold: Hold): void {
    this.#coming.push(hold);
  }

  /** Whether the next release will be held. */
  get holds(): boolean {
    return this.#coming.length > 0;
  }

  /** Makes the release that comes now the one that is held, if one shall be. */
  take(releaseId: string): void {
    const next = this.#coming.shift();
    if (!next) return;
    next.onHeld();
    let end = (): void => undefined;
    const ended = new Promise<Outcome>((resolve) => (end = () => resolve(next.outcome)));
    this.#held.set(releaseId, { readsLeft: next.reads, end, ended });
    if (next.reads <= 0) end();
  }

  /** Counts one reading of a release. */
  read(releaseId: string): void {
    const held = this.#held.get(releaseId);
    if (held && --held.readsLeft <= 0) held.end();
  }

  /** How a held release ends, once it was read often enough or the signal aborts; undefined for all others. */
  outcome(releaseId: string, signal: AbortSignal): Promise<Outcome> | undefined {
    const ended = this.#held.get(releaseId)?.ended;
    if (!ended) return undefined;
    const aborted = new Promise<Outcome>((resolve) => {
      signal.addEventListener('abort', () => resolve('expired'), { once: true });
    });
    return Promise.race([ended, aborted]);
  }
}
