import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { SandboxError } from '../errors/sandbox-error.ts';
import { isRecord } from '../http/exchange.ts';
import { readJson, writeJson } from '../state/state-file.ts';
import { Clock } from './clock.ts';
import { type Duration, timeError, toMilliseconds } from './duration.ts';

const timeFile = 'time.json';

/** The time of a sandbox's platforms, which can be moved forward. */
export interface SandboxTime {
  /** Returns the sandbox's present time. */
  now(): Date;
  /**
   * Moves the time forward. Timeouts, limits and lifetimes that end in between do so in their order. Resolves to the new time.
   * What an app's process does still takes the machine's time.
   *
   * @throws SandboxError OPTION_INVALID for a negative duration, STATE_UNWRITABLE
   */
  advance(duration: Duration): Promise<Date>;
  /**
   * Moves the time forward to `time`, in ISO format.
   * @throws SandboxError OPTION_INVALID if it isn't a time or has passed
   */
  moveTo(time: string): Promise<Date>;
}

/** A sandbox's time as stored in the state directory. */
export class StoredTime implements SandboxTime {
  /** What the platforms go by. */
  readonly clock: Clock;
  readonly #file: string;
  /** Settles when the moves begun so far have ended. */
  #moves: Promise<unknown> = Promise.resolve();

  /** @throws SandboxError STATE_CORRUPT */
  constructor(dir: string) {
    this.#file = join(dir, timeFile);
    this.clock = new Clock(this.#isStored() ? storedAheadMs(this.#file) : 0);
  }

  now(): Date {
    return this.clock.date();
  }

  advance(duration: Duration): Promise<Date> {
    return this.#move(() => toMilliseconds(duration));
  }

  moveTo(time: string): Promise<Date> {
    return this.#move(() => {
      const milliseconds = parseTime(time) - this.clock.now();
      if (milliseconds < 0) {
        throw timeError(`${time} is before the sandbox's ${this.clock.timestamp()}, and time only moves forward`);
      }
      // Dates have no parts of a millisecond: without one more, the new time could be just before.
      return milliseconds + 1;
    });
  }

  /** Moves the time forward to `time` unless it was moved before. */
  async start(time: string): Promise<void> {
    if (!this.#isStored()) await this.moveTo(time);
  }

  /** Returns to the machine's time, without alarms. */
  restart(): void {
    this.clock.restart();
    rmSync(this.#file, { force: true });
  }

  /** Moves by what a callback returns, after the moves before it. */
  async #move(toMs: () => number): Promise<Date> {
    const before = this.#moves;
    const moved = (async () => {
      await before;
      const milliseconds = toMs();
      // Before anything is dated by the new time: after a kill, nothing stored may lie in the future.
      this.#save(this.clock.aheadMs + milliseconds);
      await this.clock.advance(milliseconds);
      this.#save(this.clock.aheadMs);
      return this.now();
    })();
    this.#moves = moved.catch(() => undefined);
    return moved;
  }

  #save(aheadMs: number): void {
    writeJson(this.#file, { aheadMs });
  }

  #isStored(): boolean {
    return existsSync(this.#file);
  }
}

function storedAheadMs(file: string): number {
  const stored = readJson(file);
  const aheadMs = isRecord(stored) ? stored['aheadMs'] : undefined;
  if (typeof aheadMs === 'number' && aheadMs >= 0) return aheadMs;
  throw new SandboxError(
    'STATE_CORRUPT',
    `${file}: STATE_CORRUPT: aheadMs isn't a number of milliseconds. Remove the file to return to the machine's time.`,
  );
}

/** Returns whether a value is a time in ISO format. */
export function isTime(value: unknown): boolean {
  const form = /^(\d{4}-\d\d-\d\d)T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/;
  const day = typeof value === 'string' ? form.exec(value)?.[1] : undefined;
  if (day === undefined || Number.isNaN(Date.parse(String(value)))) return false;
  // Date.parse takes a 31st of February for a day in March.
  return new Date(`${day}T00:00:00Z`).toISOString().startsWith(day);
}

/** @throws SandboxError OPTION_INVALID */
export function parseTime(text: string): number {
  if (!isTime(text)) throw timeError(`${text} isn't a time: use the form 2027-01-31T12:00:00Z`);
  return Date.parse(text);
}
