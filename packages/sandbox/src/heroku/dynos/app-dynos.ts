import type { AppAddress, UnavailableCode } from '../../router/router.ts';
import type { Alarm } from '../../time/clock.ts';
import { EcoSleep } from './eco-sleep.ts';
import { Preboot, type PrebootOptions } from './preboot.ts';
import { type DynoContext, type DynoPlan, SupervisedDyno } from './supervised-dyno.ts';

/** What app dynos need of the app's address. */
export type Routing = Pick<AppAddress, 'setTargets' | 'setWake'>;

export interface AppDynosOptions {
  /** Whether old web dynos serve until new ones are up, also without Preboot. */
  readonly oldDynosServe: boolean;
}

/**
 * All dynos of an app. New plans replace the old dynos. With Preboot, old web dynos that are up continue to serve; without, they
 * are stopped, and requests wait for the new ones.
 */
export class AppDynos {
  readonly #context: Omit<DynoContext, 'onChange' | 'onCycle'>;
  readonly #routing: Routing;
  readonly #desired = new Map<string, SupervisedDyno>();
  /** Old web dynos that still serve, in place of the new ones. */
  readonly #retiring = new Set<SupervisedDyno>();
  readonly #draining = new Map<SupervisedDyno, Alarm>();
  readonly #stops = new Set<Promise<void>>();
  readonly #sleep: EcoSleep;
  readonly #oldDynosServe: boolean;
  #preboot: Preboot | undefined;

  constructor(
    context: Omit<DynoContext, 'onChange' | 'onCycle'>,
    routing: Routing,
    { oldDynosServe }: AppDynosOptions,
  ) {
    this.#oldDynosServe = oldDynosServe;
    this.#context = context;
    this.#routing = routing;
    this.#sleep = new EcoSleep(() => [...this.#desired.values()], context.durations.ecoSleep, context.clock);
    routing.setWake(() => this.#sleep.wake());
    this.#route();
  }

  /** Returns the dynos of the newest plans, sorted by name. */
  list(): SupervisedDyno[] {
    return [...this.#desired.values()].sort((a, b) => a.plan.name.localeCompare(b.plan.name, 'en', { numeric: true }));
  }

  /**
   * Replaces the dynos by those of `plans`. Dynos that already run the same release in the same size are kept. With
   * `preboot`, the old web dynos serve for a time next to those of a new release.
   */
  replace(plans: readonly DynoPlan[], preboot?: PrebootOptions): void {
    // Web dynos that don't serve yet never will.
    const areServing = (this.#oldDynosServe || preboot !== undefined) && this.#retiring.size === 0;
    const names = new Set(plans.map((plan) => plan.name));
    let isNewRelease = false;
    for (const [name, dyno] of this.#desired) if (!names.has(name)) this.#retire(dyno, areServing);
    for (const plan of plans) {
      const running = this.#desired.get(plan.name);
      const isSameRelease = running?.plan.release.id === plan.release.id;
      if (running && isSameRelease && running.plan.size === plan.size) continue;
      if (running) this.#retire(running, areServing);
      if (plan.type === 'web' && !isSameRelease) isNewRelease = true;
      this.#desired.set(plan.name, this.#start(plan));
    }
    if (isNewRelease) {
      this.#preboot?.stop();
      this.#preboot = preboot && new Preboot(preboot, this.#context.clock, () => this.#settle());
    }
    this.#settle();
  }

  /** Restarts the dynos that `shouldRestart` selects, by default all. */
  restart(shouldRestart: (dyno: SupervisedDyno) => boolean = () => true): void {
    const areServing = this.#oldDynosServe && this.#retiring.size === 0;
    for (const dyno of this.list().filter(shouldRestart)) {
      this.#retire(dyno, areServing);
      this.#desired.set(dyno.plan.name, this.#start(dyno.plan));
    }
    this.#settle();
  }

  /** Keeps the Eco dynos awake: the app was just requested. */
  noteRequest(): void {
    this.#sleep.postpone();
  }

  /** Stops all dynos and resolves once their processes have ended. */
  async stop(): Promise<void> {
    this.#preboot?.stop();
    this.#sleep.stop();
    for (const dyno of [...this.#desired.values(), ...this.#retiring, ...this.#draining.keys()]) this.#stop(dyno);
    await Promise.all(this.#stops);
  }

  #start(plan: DynoPlan): SupervisedDyno {
    const dyno: SupervisedDyno = new SupervisedDyno(plan, {
      ...this.#context,
      onChange: () => this.#settle(),
      onCycle: () => this.restart((one) => one === dyno),
    });
    return dyno;
  }

  #retire(dyno: SupervisedDyno, isServing: boolean): void {
    this.#desired.delete(dyno.plan.name);
    if (isServing && dyno.plan.type === 'web' && dyno.state === 'up') this.#retiring.add(dyno);
    else this.#stop(dyno);
  }

  /** Stops a dyno that the router no longer uses, after time to finish its requests. */
  #drain(dyno: SupervisedDyno): void {
    const { clock, durations } = this.#context;
    const alarm = clock.after(durations.drain, () => this.#stop(dyno));
    this.#draining.set(dyno, alarm);
  }

  #stop(dyno: SupervisedDyno): void {
    this.#retiring.delete(dyno);
    this.#draining.get(dyno)?.cancel();
    this.#draining.delete(dyno);
    const stopped = dyno.stop().finally(() => this.#stops.delete(stopped));
    this.#stops.add(stopped);
  }

  /** Lets the new web dynos serve if they can, and drains the old ones. */
  #settle(): void {
    for (const dyno of this.#retiring) if (dyno.state !== 'up') this.#stop(dyno);
    const old = this.#shouldOldServe() ? [] : [...this.#retiring];
    for (const dyno of old) this.#retiring.delete(dyno);
    this.#route();
    for (const dyno of old) this.#drain(dyno);
    this.#sleep.update();
  }

  #shouldOldServe(): boolean {
    const web = this.#webDynos();
    return web.some((dyno) => !dyno.isSettled) || (this.#preboot?.shouldOldServe(web) ?? false);
  }

  #route(): void {
    const serving = this.#retiring.size > 0 ? [...this.#retiring] : this.#webDynos();
    const targets = serving.flatMap(({ port, plan }) => (port === undefined ? [] : [{ port, name: plan.name }]));
    this.#routing.setTargets(targets, this.#unavailableCode());
  }

  #unavailableCode(): UnavailableCode {
    const web = this.#webDynos();
    if (web.length === 0) return 'H14';
    return web.some((dyno) => dyno.state === 'starting') ? 'H20' : 'H10';
  }

  #webDynos(): SupervisedDyno[] {
    return [...this.#desired.values()].filter((dyno) => dyno.plan.type === 'web');
  }
}
