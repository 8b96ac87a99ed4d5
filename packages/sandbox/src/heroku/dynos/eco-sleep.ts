import type { Alarm, Clock } from '../../time/clock.ts';
import type { SupervisedDyno } from './supervised-dyno.ts';

/** Lets an app's Eco dynos sleep after a time without requests, and wakes them. Apps without web dynos never sleep. */
export class EcoSleep {
  readonly #dynos: () => readonly SupervisedDyno[];
  readonly #afterMs: number;
  readonly #clock: Clock;
  #alarm: Alarm | undefined;

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
  }

  postpone(): void {
    this.#alarm?.postpone();
  }

  /** Starts sleeping dynos. */
  wake(): void {
    for (const dyno of this.#dynos()) dyno.wake();
  }

  stop(): void {
    this.#alarm?.cancel();
  }

  #start(): Alarm {
    return this.#clock.after(this.#afterMs, () => {
      for (const dyno of this.#dynos()) if (dyno.plan.size === 'Eco') dyno.sleep();
    });
  }
}
