import type { Service } from '../journal/journal.ts';
import type { Fault, FaultEffect, FaultTrigger } from './fault.ts';
import { parseFault } from './parse-fault.ts';

/** A fault that was set, and how often it has fired. */
export interface SetFault {
  /** Counts from 1. */
  readonly id: number;
  readonly fault: Fault;
  /** The number of matching requests so far. */
  readonly seen: number;
  /** The number of times it has taken effect. */
  readonly fired: number;
}

/** A fault's effect on one request. */
export interface FaultHit {
  readonly effect: FaultEffect;
  /**
   * Records, once, that the fault has taken effect. A reset after 1000 bytes never takes effect on a body of 10 bytes.
   */
  readonly markFired: () => void;
  /** Aborts when the fault is cleared. */
  readonly cleared: AbortSignal;
}

interface CountedFault {
  readonly id: number;
  readonly fault: Fault;
  readonly path: RegExp | undefined;
  readonly clearing: AbortController;
  seen: number;
  hits: number;
  fired: number;
}

/** The faults of a sandbox. */
export class Faults {
  #faults: CountedFault[] = [];
  #lastId = 0;

  /** Sets a fault. The counts of the returned value stay current. Throws OPTION_INVALID if it isn't a valid fault. */
  add(fault: Fault): SetFault {
    const parsed = parseFault(fault);
    const path = parsed.on.path === undefined ? undefined : new RegExp(parsed.on.path);
    const clearing = new AbortController();
    const counted: CountedFault = { id: ++this.#lastId, fault: parsed, path, clearing, seen: 0, hits: 0, fired: 0 };
    this.#faults.push(counted);
    return {
      id: counted.id,
      fault: parsed,
      get seen() {
        return counted.seen;
      },
      get fired() {
        return counted.fired;
      },
    };
  }

  list(): SetFault[] {
    return this.#faults.map(({ id, fault, seen, fired }) => ({ id, fault, seen, fired }));
  }

  /** Returns the faults that haven't fired as often as configured. */
  unfired(): SetFault[] {
    return this.list().filter(isUnfired);
  }

  /** Removes one fault, or all, and returns what it removed. Releases that a removed fault keeps pending end. */
  clear(id?: number): SetFault[] {
    const removed = this.list().filter((fault) => id === undefined || fault.id === id);
    const cleared = this.#faults.filter((fault) => id === undefined || fault.id === id);
    this.#faults = this.#faults.filter((fault) => !cleared.includes(fault));
    for (const { clearing } of cleared) clearing.abort();
    return removed;
  }

  /** Counts a request and returns the faults that affect it, in the order in which they were set. */
  hit(service: Service, method: string, pathname: string): FaultHit[] {
    return this.#faults.flatMap((counted) => {
      const { on, effect } = counted.fault;
      if (!matchesTrigger(on, counted.path, service, method, pathname)) return [];
      counted.seen++;
      const times = on.times === 'every' ? Infinity : (on.times ?? 1);
      if (counted.seen < (on.nth ?? 1) || counted.hits >= times) return [];
      counted.hits++;
      let hasFired = false;
      const markFired = (): void => {
        if (!hasFired) counted.fired++;
        hasFired = true;
      };
      return [{ effect, markFired, cleared: counted.clearing.signal }];
    });
  }
}

/** Returns whether a fault hasn't fired as often as configured; `every` needs at least one. */
export function isUnfired({ fault, fired }: SetFault): boolean {
  const { times = 1 } = fault.on;
  return fired < (times === 'every' ? 1 : times);
}

/** Returns a fault in words: `1. heroku PATCH ^/apps: stall (0 seen, fired 0 of 1)`. */
export function describeFault({ id, fault: { on, effect }, seen, fired }: SetFault): string {
  const where = [on.service, on.method, on.path].filter((part) => part !== undefined).join(' ');
  const { nth = 1, times = 1 } = on;
  const which = nth === 1 ? '' : `, from request ${nth}`;
  return `${id}. ${where}: ${effect.kind} (${seen} seen${which}, fired ${fired} of ${times})`;
}

function matchesTrigger(
  on: FaultTrigger,
  path: RegExp | undefined,
  service: Service,
  method: string,
  pathname: string,
): boolean {
  return (
    on.service === service &&
    (on.method === undefined || on.method === method) &&
    (path === undefined || path.test(pathname))
  );
}
