import type { Clock } from '../time/clock.ts';
import type { UnavailableCode } from './router.ts';

/** The web dynos of an app, in rotation, and the requests that wait for one. */
export class Targets {
  readonly #clock: Clock;
  readonly #queueMs: number;
  readonly #queue = new Set<AbortController>();
  #ports: readonly number[] = [];
  #whenNone: UnavailableCode = 'H14';
  #next = 0;

  /** A request waits at most `queueMs` for a starting dyno. */
  constructor(clock: Clock, queueMs: number) {
    this.#clock = clock;
    this.#queueMs = queueMs;
  }

  get isEmpty(): boolean {
    return this.#ports.length === 0;
  }

  set(ports: readonly number[], whenNone: UnavailableCode): void {
    this.#ports = [...ports];
    this.#whenNone = whenNone;
    if (!this.#isStarting) for (const waiting of this.#queue) waiting.abort();
  }

  /**
   * Returns all ports, starting with the next one in rotation, or why there is none. While the first dyno starts, waits for it
   * or until `left` aborts.
   */
  async take(left: AbortSignal): Promise<readonly number[] | UnavailableCode> {
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

  #rotate(): readonly number[] {
    const start = this.#next++ % this.#ports.length;
    return [...this.#ports.slice(start), ...this.#ports.slice(0, start)];
  }
}
