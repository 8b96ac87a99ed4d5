import type { AppAddress } from '../../router/router.ts';
import { type DynoPlan, type DynoSurroundings, SupervisedDyno } from './supervised-dyno.ts';

/** What the router needs to know of an app's dynos; its part of an app's address. */
export type Routing = Pick<AppAddress, 'setTargets' | 'setUnavailable'>;

/**
 * All dynos of an app. A new plan replaces the old dynos: the web dynos that are up go on answering until the new ones
 * have come up or crashed.
 */
export class AppDynos {
  readonly #surroundings: Omit<DynoSurroundings, 'onChange'>;
  readonly #routing: Routing;
  readonly #wanted = new Map<string, SupervisedDyno>();
  readonly #retiring = new Set<SupervisedDyno>();
  readonly #draining = new Map<SupervisedDyno, NodeJS.Timeout>();
  readonly #stops = new Set<Promise<void>>();
  #overlap: { readonly ms: number; timer?: NodeJS.Timeout } | undefined;

  constructor(surroundings: Omit<DynoSurroundings, 'onChange'>, routing: Routing) {
    this.#surroundings = surroundings;
    this.#routing = routing;
    this.#route();
  }

  /** The dynos of the newest plan, in the order of their names. */
  list(): SupervisedDyno[] {
    return [...this.#wanted.values()].sort((a, b) => a.plan.name.localeCompare(b.plan.name, 'en', { numeric: true }));
  }

  /**
   * Makes the dynos those of `plans`. Dynos that run the same release already are left alone unless `restart` is set.
   * With `overlapMs` the old web dynos alone answer for that long after the new ones are up (Preboot).
   */
  replace(plans: readonly DynoPlan[], options: { readonly restart?: boolean; readonly overlapMs?: number } = {}): void {
    const names = new Set(plans.map((plan) => plan.name));
    for (const [name, dyno] of this.#wanted) if (!names.has(name)) this.#retire(dyno);
    for (const plan of plans) {
      const running = this.#wanted.get(plan.name);
      if (running && !options.restart && running.plan.release.id === plan.release.id) continue;
      if (running) this.#retire(running);
      this.#wanted.set(plan.name, this.#start(plan));
    }
    clearTimeout(this.#overlap?.timer);
    this.#overlap = options.overlapMs ? { ms: options.overlapMs } : undefined;
    this.#settle();
  }

  /** Starts the dynos anew for which `isMeant` holds, all of them by default. */
  restart(isMeant: (dyno: SupervisedDyno) => boolean = () => true): void {
    for (const dyno of this.list().filter(isMeant)) {
      this.#retire(dyno);
      this.#wanted.set(dyno.plan.name, this.#start(dyno.plan));
    }
    this.#settle();
  }

  /** Stops every dyno and resolves once their processes are gone. */
  async stop(): Promise<void> {
    clearTimeout(this.#overlap?.timer);
    for (const dyno of [...this.#wanted.values(), ...this.#retiring, ...this.#draining.keys()]) this.#stop(dyno);
    await Promise.all(this.#stops);
  }

  #start(plan: DynoPlan): SupervisedDyno {
    return new SupervisedDyno(plan, { ...this.#surroundings, onChange: () => this.#settle() });
  }

  #retire(dyno: SupervisedDyno): void {
    this.#wanted.delete(dyno.plan.name);
    if (dyno.plan.type === 'web' && dyno.state === 'up') this.#retiring.add(dyno);
    else this.#stop(dyno);
  }

  /** The router has turned away; what it has sent before is answered still. */
  #drain(dyno: SupervisedDyno): void {
    this.#draining.set(
      dyno,
      setTimeout(() => this.#stop(dyno), this.#surroundings.durations.drain),
    );
  }

  #stop(dyno: SupervisedDyno): void {
    this.#retiring.delete(dyno);
    clearTimeout(this.#draining.get(dyno));
    this.#draining.delete(dyno);
    const stopped = dyno.stop().finally(() => this.#stops.delete(stopped));
    this.#stops.add(stopped);
  }

  /** Once each new web dyno is up or has crashed, the old ones go. */
  #settle(): void {
    for (const dyno of this.#retiring) if (dyno.state !== 'up') this.#stop(dyno);
    if (this.#web().every((dyno) => dyno.settled) && !this.#overlaps()) {
      const old = [...this.#retiring];
      this.#retiring.clear();
      this.#route();
      for (const dyno of old) this.#drain(dyno);
    } else this.#route();
  }

  #overlaps(): boolean {
    const overlap = this.#overlap;
    if (!overlap || this.#retiring.size === 0 || !this.#web().some((dyno) => dyno.state === 'up')) return false;
    overlap.timer ??= setTimeout(() => {
      this.#overlap = undefined;
      this.#settle();
    }, overlap.ms);
    return true;
  }

  #route(): void {
    const serving = this.#retiring.size > 0 ? [...this.#retiring] : this.#web();
    this.#routing.setTargets(serving.flatMap((dyno) => dyno.port ?? []));
    this.#routing.setUnavailable(this.#unavailable());
  }

  #unavailable(): 'H10' | 'H14' | 'H20' {
    const web = this.#web();
    if (web.length === 0) return 'H14';
    return web.some((dyno) => dyno.state === 'starting') ? 'H20' : 'H10';
  }

  #web(): SupervisedDyno[] {
    return [...this.#wanted.values()].filter((dyno) => dyno.plan.type === 'web');
  }
}
