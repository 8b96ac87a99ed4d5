import { SandboxError } from '../errors.ts';
import { isRecord } from '../http/exchange.ts';
import type { Service } from '../journal.ts';

/** Which request a fault waits for. */
export interface FaultTrigger {
  readonly service: Service;
  readonly method?: string;
  /** A regular expression that the path, without its query, must match somewhere. */
  readonly path?: string;
  /** The first, second, … such request after the fault was set. Default 1. */
  readonly nth?: number;
  /** How many such requests it befalls, from the nth on. Default 1. */
  readonly times?: number;
}

/** What befalls the request. */
export type FaultEffect =
  /** This answer instead of the service's; the service does not see the request. */
  | {
      readonly kind: 'answer';
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: string;
    }
  /** The connection is reset once so many bytes of the body have arrived; the service sees those. */
  | { readonly kind: 'reset-request'; readonly afterBytes: number }
  /** The service does its work; its answer is cut by a reset after so many bytes of the body, 0 for no answer at all. */
  | { readonly kind: 'reset-answer'; readonly afterBytes: number }
  /** The service does its work; its answer's headers and text are changed. */
  | {
      readonly kind: 'alter-answer';
      readonly status?: number;
      readonly headers?: Readonly<Record<string, string>>;
      /** Keeps only so many bytes of the body, as a complete answer. */
      readonly keepBytes?: number;
      /** Replaces a text in the body wherever it stands. */
      readonly replace?: { readonly text: string; readonly by: string };
    }
  /** Nothing happens for so long, then everything as usual; for ever without `ms`. */
  | { readonly kind: 'stall'; readonly ms?: number }
  /** The answer's body comes this slowly. */
  | { readonly kind: 'drip'; readonly bytesPerSecond: number }
  /** Before the request is served, somebody else makes a release of the app. */
  | { readonly kind: 'other-release'; readonly app: string }
  /** The next release of the app stays pending until it was read so often, then ends like this. */
  | {
      readonly kind: 'hold-release';
      readonly app: string;
      readonly reads: number;
      readonly outcome: 'succeeded' | 'failed' | 'expired';
    };

/** Something that goes wrong, as data. */
export interface Fault {
  readonly on: FaultTrigger;
  readonly effect: FaultEffect;
}

const services: readonly unknown[] = ['heroku', 'registry', 'hub', 'gitlab'];
const effectFields: Readonly<Record<FaultEffect['kind'], Readonly<Record<string, 'number' | 'string'>>>> = {
  answer: { status: 'number' },
  'reset-request': { afterBytes: 'number' },
  'reset-answer': { afterBytes: 'number' },
  'alter-answer': {},
  stall: {},
  drip: { bytesPerSecond: 'number' },
  'other-release': { app: 'string' },
  'hold-release': { app: 'string', reads: 'number', outcome: 'string' },
};

/** Checks a fault that came from outside. Throws OPTION_INVALID naming what is wrong. */
export function checkedFault(value: unknown): Fault {
  if (!isRecord(value) || !isRecord(value['on']) || !isRecord(value['effect'])) {
    throw refused('a fault is { on: { service, … }, effect: { kind, … } }');
  }
  const { on, effect } = value;
  if (!services.includes(on['service'])) throw refused('on.service must be heroku, registry, hub or gitlab');
  for (const name of ['nth', 'times'] as const) {
    const count = on[name];
    if (count !== undefined && !(Number.isInteger(count) && Number(count) > 0)) {
      throw refused(`on.${name} must be a whole number above 0`);
    }
  }
  checkPattern(on['path']);
  const fields = Object.entries(effectFields).find(([kind]) => kind === effect['kind'])?.[1];
  if (!fields) throw refused(`effect.kind must be one of ${Object.keys(effectFields).join(', ')}`);
  for (const [name, type] of Object.entries(fields)) {
    if (typeof effect[name] !== type) throw refused(`effect.${name} must be a ${type}`);
  }
  return value as unknown as Fault;
}

function checkPattern(path: unknown): void {
  if (path === undefined) return;
  try {
    if (typeof path === 'string') return void new RegExp(path);
  } catch {
    // Refused below.
  }
  throw refused('on.path must be a regular expression, as text');
}

function refused(reason: string): SandboxError {
  return new SandboxError('OPTION_INVALID', `fault: OPTION_INVALID: ${reason}.`);
}
