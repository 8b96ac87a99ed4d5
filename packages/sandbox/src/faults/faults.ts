import type { Service } from '../journal.ts';
import { checkedFault, type Fault, type FaultEffect, type FaultTrigger } from './fault.ts';

/** A fault that was set, and how often it has struck. */
export interface SetFault {
  readonly fault: Fault;
  readonly fired: number;
}

interface Counted {
  readonly fault: Fault;
  seen: number;
  fired: number;
}

/** The faults of a sandbox. Each waits for its request and then strikes as often as it says. */
export class Faults {
  readonly #faults: Counted[] = [];

  /** Throws OPTION_INVALID when it is none. The returned value goes on telling how often it has fired. */
  add(fault: Fault): SetFault {
    const counted: Counted = { fault: checkedFault(fault), seen: 0, fired: 0 };
    this.#faults.push(counted);
    return {
      fault: counted.fault,
      get fired() {
        return counted.fired;
      },
    };
  }

  list(): SetFault[] {
    return this.#faults.map(({ fault, fired }) => ({ fault, fired }));
  }

  /** Those that have not struck as often as they should have. */
  left(): SetFault[] {
    return this.list().filter(({ fault, fired }) => fired < (fault.on.times ?? 1));
  }

  clear(): void {
    this.#faults.length = 0;
  }

  /** The effects that befall this request, in the order in which they were set. */
  strike(service: Service, method: string, pathname: string): FaultEffect[] {
    const effects: FaultEffect[] = [];
    for (const counted of this.#faults) {
      const { on, effect } = counted.fault;
      if (!isMeant(on, service, method, pathname)) continue;
      counted.seen++;
      if (counted.seen < (on.nth ?? 1) || counted.fired >= (on.times ?? 1)) continue;
      counted.fired++;
      effects.push(effect);
    }
    return effects;
  }
}

function isMeant(on: FaultTrigger, service: Service, method: string, pathname: string): boolean {
  return (
    on.service === service &&
    (on.method === undefined || on.method === method) &&
    (on.path === undefined || new RegExp(on.path).test(pathname))
  );
}
