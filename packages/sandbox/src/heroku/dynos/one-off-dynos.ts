import { randomInt } from 'node:crypto';
import { OneOffDyno, type OneOffContext, type OneOffOptions } from './one-off-dyno.ts';
import type { DynoPlan } from './supervised-dyno.ts';

/** The one-off dynos of an app that haven't ended. */
export class OneOffDynos {
  readonly #context: OneOffContext;
  readonly #dynos = new Set<OneOffDyno>();

  constructor(context: OneOffContext) {
    this.#context = context;
  }

  list(): OneOffDyno[] {
    return [...this.#dynos];
  }

  /** Starts a dyno, named like `run.4711`. */
  async start(plan: Omit<DynoPlan, 'name'>, options: OneOffOptions): Promise<OneOffDyno> {
    const named = { ...plan, name: `${plan.type}.${this.#freeNumber()}` };
    const dyno = new OneOffDyno(named, this.#context, options, () => this.#dynos.delete(dyno));
    this.#dynos.add(dyno);
    await dyno.start();
    return dyno;
  }

  /** Stops the dynos that `shouldStop` selects, by default all, and resolves once they have ended. */
  async stop(shouldStop: (dyno: OneOffDyno) => boolean = () => true): Promise<void> {
    await Promise.all(
      this.list()
        .filter(shouldStop)
        .map((dyno) => dyno.stop()),
    );
  }

  #freeNumber(): number {
    const number = randomInt(1000, 10_000);
    return this.list().some(({ plan }) => plan.name.endsWith(`.${number}`)) ? this.#freeNumber() : number;
  }
}
