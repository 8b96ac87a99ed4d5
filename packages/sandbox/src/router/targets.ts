import type { Clock } from '../time/clock.ts';
import type { Target, UnavailableCode } from './router.ts';

/** The web dynos of an app, in rotation, and the requests that wait for one. */
export class Targets {
  readonly #clock: Clock;
  readonly #queueMs: number;
  readonly #queue = new Set<AbortController>();
  #dynos: readonly Target[] = [];
  #whenNone: UnavailableCode = 'H14';
  #next = 0;

  /** A request waits at most `queueMs` for a starting dyno. */
  constructor(clock: Clock, queueMs: number) {
    this.#clock = clock;
    this.#queueMs = queueMs;
  }

  get isEmpty(): boolean {
    return this.#dynos.length === 0;
  }

  set(dynos: readonly Target[], whenNone: UnavailableCode): void {
    this.#dynos = [...dynos];
    this.#whenNone = whenNone;
    if (!this.#isStarting) for (const waiting of this.#queue) waiting.abort();
  }

  /**
   * Returns all dynos, starting with the next one in rotation, or why there is none. While the first dyno starts, waits for it
   * or until `left` aborts.
   */
  async take(left: AbortSignal): Promise<readonly Target[] | UnavailableCode> {
    if (this.#isStarting) {
      const waiting = new AbortController();
      this.#queue.add(waiting);
      await this.#clock.wait(this.#queueMs, { signal: AbortSignal.any([waiting.signal, left]) });
      this.#queue.delete(waiting);
    }
    return this.isEmpty ? this.#whenNone : this.#rotate();
  }

  get #isStarting(): boolean {
    return this.isEmpty && this.#whenNone === 'H20';
  }

  #rotate(): readonly Target[] {
    const start = this.#next++ % this.#dynos.length;
    return [...this.#dynos.slice(start), ...this.#dynos.slice(0, start)];
  }
}
