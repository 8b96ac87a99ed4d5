import { setImmediate as turn } from 'node:timers/promises';

/** The longest time that a timer of Node accepts. */
const longestTimerMs = 2 ** 31 - 1;

/** Something that a clock does later. */
export interface Alarm {
  cancel(): void;
  /** Starts its time again. */
  postpone(): void;
}

interface SetAlarm {
  due: number;
  readonly callback: () => void;
  timer: NodeJS.Timeout | undefined;
}

/**
 * A sandbox's own time: the machine's, plus what the clock was moved forward by. Everything that a platform dates or that
 * happens there after a time goes by this clock. Sockets and processes go by the machine's.
 */
export class Clock {
  readonly #alarms = new Set<SetAlarm>();
  #aheadMs: number;

  constructor(aheadMs = 0) {
    this.#aheadMs = aheadMs;
  }

  /** By how much it's ahead of the machine. */
  get aheadMs(): number {
    return this.#aheadMs;
  }

  /** Returns the time in milliseconds since 1970. */
  now(): number {
    return Date.now() + this.#aheadMs;
  }

  /** Returns a time in milliseconds that no correction of the machine's clock moves back, for durations. */
  elapsed(): number {
    return performance.now() + this.#aheadMs;
  }

  date(): Date {
    return new Date(this.now());
  }

  /** Returns the time as the Platform API formats it: whole seconds, UTC. */
  timestamp(): string {
    return `${this.date().toISOString().slice(0, 19)}Z`;
  }

  /** Calls `callback` once, `ms` from now. */
  after(ms: number, callback: () => void): Alarm {
    const alarm: SetAlarm = { due: this.elapsed() + ms, callback, timer: undefined };
    this.#set(alarm);
    return {
      cancel: () => this.#remove(alarm),
      postpone: () => {
        if (!this.#alarms.has(alarm)) return;
        alarm.due = this.elapsed() + ms;
        this.#set(alarm);
      },
    };
  }

  /** Resolves after `ms`; to false as soon as the signal aborts. */
  wait(ms: number, { signal }: { readonly signal?: AbortSignal } = {}): Promise<boolean> {
    if (signal?.aborted) return Promise.resolve(false);
    return new Promise((resolve) => {
      const end = (hasPassed: boolean) => {
        alarm.cancel();
        signal?.removeEventListener('abort', stop);
        resolve(hasPassed);
      };
      const stop = () => end(false);
      const alarm = this.after(ms, () => end(true));
      signal?.addEventListener('abort', stop, { once: true });
    });
  }

  /**
   * Moves forward by `ms`, from alarm to alarm in the order of their time, with a turn of the event loop after each: what an
   * alarm starts counts from then.
   */
  async advance(ms: number): Promise<void> {
    const end = this.elapsed() + ms;
    for (let alarm = this.#next(end); alarm; alarm = this.#next(end)) {
      this.#aheadMs += Math.max(0, alarm.due - this.elapsed());
      this.#ring(alarm);
      await turn();
    }
    this.#aheadMs += Math.max(0, end - this.elapsed());
    for (const alarm of this.#alarms) this.#set(alarm);
  }

  /** Returns to the machine's time, without alarms. */
  restart(): void {
    for (const alarm of this.#alarms) this.#remove(alarm);
    this.#aheadMs = 0;
  }

  #next(end: number): SetAlarm | undefined {
    let first: SetAlarm | undefined;
    for (const alarm of this.#alarms) if (alarm.due <= end && alarm.due < (first?.due ?? Infinity)) first = alarm;
    return first;
  }

  #set(alarm: SetAlarm): void {
    clearTimeout(alarm.timer);
    this.#alarms.add(alarm);
    const ms = Math.min(Math.max(0, Math.ceil(alarm.due - this.elapsed())), longestTimerMs);
    // The sandbox's servers keep the process running.
    alarm.timer = setTimeout(() => (alarm.due > this.elapsed() ? this.#set(alarm) : this.#ring(alarm)), ms).unref();
  }

  #ring(alarm: SetAlarm): void {
    this.#remove(alarm);
    alarm.callback();
  }

  #remove(alarm: SetAlarm): void {
    clearTimeout(alarm.timer);
    this.#alarms.delete(alarm);
  }
}
