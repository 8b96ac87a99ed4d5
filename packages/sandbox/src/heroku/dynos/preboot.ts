import type { Alarm, Clock } from '../../time/clock.ts';
import type { SupervisedDyno } from './supervised-dyno.ts';

export interface PrebootOptions {
  /** From the start of the new dynos to the switch of the router, in milliseconds. */
  readonly switchAfterMs: number;
  /** What the router does at that time if no new dyno is up. */
  readonly afterCrash: 'kept' | 'switched';
}

/** One release's Preboot: the router switches from the old web dynos to the new ones after a fixed time. */
export class Preboot {
  readonly #afterCrash: PrebootOptions['afterCrash'];
  readonly #alarm: Alarm;
  #isOver = false;

  constructor({ switchAfterMs, afterCrash }: PrebootOptions, clock: Clock, onSwitch: () => void) {
    this.#afterCrash = afterCrash;
    this.#alarm = clock.after(switchAfterMs, () => {
      this.#isOver = true;
      onSwitch();
    });
  }

  shouldOldServe(newDynos: readonly Pick<SupervisedDyno, 'state'>[]): boolean {
    if (newDynos.length === 0) return false;
    if (!this.#isOver) return true;
    return this.#afterCrash === 'kept' && !newDynos.some(({ state }) => state === 'up');
  }

  stop(): void {
    this.#alarm.cancel();
  }
}
