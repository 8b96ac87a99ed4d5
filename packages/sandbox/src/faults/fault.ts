import type { Service } from '../journal/journal.ts';

/** Which request a fault waits for. */
export interface FaultTrigger {
  readonly service: Service;
  readonly method?: string;
  /** A regular expression that the path, without its query, must match somewhere. */
  readonly path?: string;
  /** The first, second, … such request after the fault was set. Default 1. */
  readonly nth?: number;
  /** How many such requests it befalls, from the nth on, or `every`. Default 1. */
  readonly times?: number | 'every';
}

/** What is changed in a body. Of several, in the order in which they stand here. */
export interface BodyChanges {
  /** A text is replaced wherever it stands. */
  readonly replace?: { readonly text: string; readonly by: string };
  /** The JSON is read and written again: the same meaning in other bytes, so another digest. */
  readonly rewriteJson?: true;
  /** The lowest bit of the byte at this place, from 0, is turned over. */
  readonly flipByte?: number;
  /** Only so many bytes are left, as a complete body. */
  readonly keepBytes?: number;
}

/** Headers by name: another value, or `null` for none. */
export type HeaderChanges = Readonly<Record<string, string | null>>;

/** What befalls the request. */
export type FaultEffect =
  /** This answer instead of the service's; the service does not see the request. */
  | {
      readonly kind: 'answer';
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: string;
    }
  /** The service sees another request; its body is collected first. */
  | ({ readonly kind: 'alter-request'; readonly headers?: HeaderChanges } & BodyChanges)
  /** The service does its work; its answer is changed. */
  | ({ readonly kind: 'alter-answer'; readonly status?: number; readonly headers?: HeaderChanges } & BodyChanges)
  /** The connection is reset once so many bytes of the body have arrived; the service sees those. */
  | { readonly kind: 'reset-request'; readonly afterBytes: number }
  /** The service does its work; its answer is cut by a reset after so many bytes of the body, 0 for no answer at all. */
  | { readonly kind: 'reset-answer'; readonly afterBytes: number }
  /** Nothing happens for so long, then everything as usual; for ever without `ms`. */
  | { readonly kind: 'stall'; readonly ms?: number }
  /** So many bytes of the body are taken, then none for so long; for ever without `ms`. */
  | { readonly kind: 'stall-request'; readonly afterBytes: number; readonly ms?: number }
  /** So many bytes of the answer's body come, then none for so long; for ever without `ms`. */
  | { readonly kind: 'stall-answer'; readonly afterBytes: number; readonly ms?: number }
  /** The request's body is taken this slowly. */
  | { readonly kind: 'drip-request'; readonly bytesPerSecond: number }
  /** The answer's body comes this slowly. */
  | { readonly kind: 'drip-answer'; readonly bytesPerSecond: number }
  /** The key or token of the request has expired: the service sees one that it does not know. */
  | { readonly kind: 'expired-token' }
  /**
   * Before the request is served, somebody else makes a release of the app, by default the one that the path names: of
   * another image, when its ID is given, of another config var otherwise.
   */
  | { readonly kind: 'other-release'; readonly app?: string; readonly image?: string }
  /** The next release of the app, by default the one that the path names, stays pending until it was read so often. */
  | {
      readonly kind: 'hold-release';
      readonly app?: string;
      readonly reads: number;
      readonly outcome: 'succeeded' | 'failed' | 'expired';
    };

/** Something that goes wrong, as data. */
export interface Fault {
  readonly on: FaultTrigger;
  readonly effect: FaultEffect;
}
