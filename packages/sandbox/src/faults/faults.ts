import type { Service } from '../journal/journal.ts';
import { checkedFault } from './parse-fault.ts';
import type { Fault, FaultEffect, FaultTrigger } from './fault.ts';

/** A fault that was set, and what has become of it. */
export interface SetFault {
  /** 1 for the first that was set; names it when it is to be cleared. */
  readonly id: number;
  readonly fault: Fault;
  /** How many requests it was about that have come. */
  readonly seen: number;
  /** How often it has taken effect. */
  readonly fired: number;
}

/** An effect that befalls a request. */
export interface Strike {
  readonly effect: FaultEffect;
  /** Tells that it has taken effect, once: a reset after 1000 bytes does not when there are only 10. */
  readonly fired: () => void;
}

interface Counted {
  readonly id: number;
  readonly fault: Fault;
  readonly path: RegExp | undefined;
  seen: number;
  struck: number;
  fired: number;
}

/** The faults of a sandbox. Each waits for its request and then strikes as often as it says. */
export class Faults {
  #faults: Counted[] = [];
  #last = 0;

  /** Throws OPTION_INVALID when it is none. The returned value goes on telling how often it has fired. */
  add(fault: Fault): SetFault {
    const checked = checkedFault(fault);
    const path = checked.on.path === undefined ? undefined : new RegExp(checked.on.path);
    const counted: Counted = { id: ++this.#last, fault: checked, path, seen: 0, struck: 0, fired: 0 };
    this.#faults.push(counted);
    return {
      id: counted.id,
      fault: checked,
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

  /** Those that have not taken effect as often as they should have. */
  left(): SetFault[] {
    return this.list().filter(isLeft);
  }

  /** Removes one, or all, and gives what was removed. */
  clear(id?: number): SetFault[] {
    const removed = this.list().filter((fault) => id === undefined || fault.id === id);
    this.#faults = this.#faults.filter((fault) => id !== undefined && fault.id !== id);
    return removed;
  }

  /** What befalls this request, in the order in which it was set. */
  strike(service: Service, method: string, pathname: string): Strike[] {
    return this.#faults.flatMap((counted) => {
      const { on, effect } = counted.fault;
      if (!isMeant(on, counted.path, service, method, pathname)) return [];
      counted.seen++;
      const times = on.times === 'every' ? Infinity : (on.times ?? 1);
      if (counted.seen < (on.nth ?? 1) || counted.struck >= times) return [];
      counted.struck++;
      let hasFired = false;
      const fired = (): void => {
        if (!hasFired) counted.fired++;
        hasFired = true;
      };
      return [{ effect, fired }];
    });
  }
}

/** Whether a fault has not taken effect as often as it should have; `every` should at least once. */
export function isLeft({ fault, fired }: SetFault): boolean {
  const { times = 1 } = fault.on;
  return fired < (times === 'every' ? 1 : times);
}

/** A fault in words: `1. heroku PATCH ^/apps: stall (0 seen, fired 0 of 1)`. */
export function describeFault({ id, fault: { on, effect }, seen, fired }: SetFault): string {
  const where = [on.service, on.method, on.path].filter((part) => part !== undefined).join(' ');
  const { nth = 1, times = 1 } = on;
  const which = nth === 1 ? '' : `, from request ${nth}`;
  return `${id}. ${where}: ${effect.kind} (${seen} seen${which}, fired ${fired} of ${times})`;
}

function isMeant(
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
