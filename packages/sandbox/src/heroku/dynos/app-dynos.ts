import type { AppAddress } from '../../router/router.ts';
import { type DynoContext, type DynoPlan, SupervisedDyno } from './supervised-dyno.ts';

/** What app dynos need of the app's address. */
export type Routing = Pick<AppAddress, 'setTargets' | 'setUnavailable'>;

/**
 * All dynos of an app. New plans replace the old dynos. Old web dynos that are up continue to serve until the new ones are
 * up or have crashed.
 */
export class AppDynos {
  readonly #context: Omit<DynoContext, 'onChange'>;
  readonly #routing: Routing;
  readonly #desired = new Map<string, SupervisedDyno>();
  readonly #retiring = new Set<SupervisedDyno>();
  readonly #draining = new Map<SupervisedDyno, NodeJS.Timeout>();
  readonly #stops = new Set<Promise<void>>();
  #overlap: { readonly ms: number; timer?: NodeJS.Timeout } | undefined;

  constructor(context: Omit<DynoContext, 'onChange'>, routing: Routing) {
    this.#context = context;
    this.#routing = routing;
    this.#route();
  }

  /** Returns the dynos of the newest plans, sorted by name. */
  list(): SupervisedDyno[] {
    return [...this.#desired.values()].sort((a, b) => a.plan.name.localeCompare(b.plan.name, 'en', { numeric: true }));
  }

  /**
   * Replaces the dynos by those of `plans`. Dynos that already run the same release are kept unless `restart` is set. With
   * `overlapMs`, only the old web dynos serve for this long after the new ones are up (Preboot).
   */
  replace(plans: readonly DynoPlan[], options: { readonly restart?: boolean; readonly overlapMs?: number } = {}): void {
    const names = new Set(plans.map((plan) => plan.name));
    for (const [name, dyno] of this.#desired) if (!names.has(name)) this.#retire(dyno);
    for (const plan of plans) {
      const running = this.#desired.get(plan.name);
      if (running && !options.restart && running.plan.release.id === plan.release.id) continue;
      if (running) this.#retire(running);
      this.#desired.set(plan.name, this.#start(plan));
    }
    clearTimeout(this.#overlap?.timer);
    this.#overlap = options.overlapMs ? { ms: options.overlapMs } : undefined;
    this.#settle();
  }

  /** Restarts the dynos that `shouldRestart` selects, by default all. */
  restart(shouldRestart: (dyno: SupervisedDyno) => boolean = () => true): void {
    for (const dyno of this.list().filter(shouldRestart)) {
      this.#retire(dyno);
      this.#desired.set(dyno.plan.name, this.#start(dyno.plan));
    }
    this.#settle();
  }

  /** Stops all dynos and resolves once their processes have ended. */
  async stop(): Promise<void> {
    clearTimeout(this.#overlap?.timer);
    for (const dyno of [...this.#desired.values(), ...this.#retiring, ...this.#draining.keys()]) this.#stop(dyno);
    await Promise.all(this.#stops);
  }

  #start(plan: DynoPlan): SupervisedDyno {
    return new SupervisedDyno(plan, { ...this.#context, onChange: () => this.#settle() });
  }

  #retire(dyno: SupervisedDyno): void {
    this.#desired.delete(dyno.plan.name);
    if (dyno.plan.type === 'web' && dyno.state === 'up') this.#retiring.add(dyno);
    else this.#stop(dyno);
  }

  /** Stops a dyno that the router no longer uses, after time to finish its requests. */
  #drain(dyno: SupervisedDyno): void {
    this.#draining.set(
      dyno,
      setTimeout(() => this.#stop(dyno), this.#context.durations.drain),
    );
  }

  #stop(dyno: SupervisedDyno): void {
    this.#retiring.delete(dyno);
    clearTimeout(this.#draining.get(dyno));
    this.#draining.delete(dyno);
    const stopped = dyno.stop().finally(() => this.#stops.delete(stopped));
    this.#stops.add(stopped);
  }

  /** Retires the old web dynos once each new one is up or has crashed. */
  #settle(): void {
    for (const dyno of this.#retiring) if (dyno.state !== 'up') this.#stop(dyno);
    if (this.#webDynos().every((dyno) => dyno.isSettled) && !this.#isOverlapping()) {
      const old = [...this.#retiring];
      this.#retiring.clear();
      this.#route();
      for (const dyno of old) this.#drain(dyno);
    } else this.#route();
  }

  /** Whether the old web dynos still serve next to new ones that are up. Starts the timer that ends this. */
  #isOverlapping(): boolean {
    const overlap = this.#overlap;
    if (!overlap || this.#retiring.size === 0 || !this.#webDynos().some((dyno) => dyno.state === 'up')) return false;
    overlap.timer ??= setTimeout(() => {
      this.#overlap = undefined;
      this.#settle();
    }, overlap.ms);
    return true;
  }

  #route(): void {
    const serving = this.#retiring.size > 0 ? [...this.#retiring] : this.#webDynos();
    this.#routing.setTargets(serving.flatMap((dyno) => dyno.port ?? []));
    this.#routing.setUnavailable(this.#unavailableCode());
  }

  #unavailableCode(): 'H10' | 'H14' | 'H20' {
    const web = this.#webDynos();
    if (web.length === 0) return 'H14';
    return web.some((dyno) => dyno.state === 'starting') ? 'H20' : 'H10';
  }

  #webDynos(): SupervisedDyno[] {
    return [...this.#desired.values()].filter((dyno) => dyno.plan.type === 'web');
  }
}
