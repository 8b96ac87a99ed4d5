import type { Alarm, Clock } from '../../time/clock.ts';
import { type PromiseWithEnd, promiseWithEnd } from './promise-with-end.ts';
import type { SupervisedDyno } from './supervised-dyno.ts';

/** Lets an app's Eco dynos sleep after a time without requests, and wakes them. Apps without web dynos never sleep. */
export class EcoSleep {
  readonly #dynos: () => readonly SupervisedDyno[];
  readonly #afterMs: number;
  readonly #clock: Clock;
  #alarm: Alarm | undefined;
  #waking: PromiseWithEnd | undefined;

  constructor(dynos: () => readonly SupervisedDyno[], afterMs: number, clock: Clock) {
    this.#dynos = dynos;
    this.#clock = clock;
    this.#afterMs = afterMs;
  }

  /** Call it after each change of a dyno's state, once the router knows of it. */
  update(): void {
    const web = this.#dynos().filter(({ plan }) => plan.type === 'web');
    const canSleep = web.some(({ state, plan }) => state === 'up' && plan.size === 'Eco');
    this.#alarm?.cancel();
    this.#alarm = canSleep ? this.#start() : undefined;
    if (web.some(({ state }) => state === 'up') || !web.some(({ state }) => state === 'starting')) this.#endWaking();
  }

  postpone(): void {
    this.#alarm?.postpone();
  }

  /** Starts sleeping dynos. Resolves when the first web dyno is up, or all have crashed; at once if none sleeps. */
  async wake(): Promise<void> {
    const sleeping = this.#dynos().filter(({ state }) => state === 'idle');
    if (sleeping.length > 0) this.#waking ??= promiseWithEnd();
    for (const dyno of sleeping) dyno.wake();
    await this.#waking?.ended;
  }

  stop(): void {
    this.#alarm?.cancel();
    this.#endWaking();
  }

  #start(): Alarm {
    return this.#clock.after(this.#afterMs, () => {
      for (const dyno of this.#dynos()) if (dyno.plan.size === 'Eco') dyno.sleep();
    });
  }

  #endWaking(): void {
    this.#waking?.end();
    this.#waking = undefined;
  }
}
