import type { Service } from '../journal/journal.ts';

/** Selects the requests that a fault affects. */
export interface FaultTrigger {
  readonly service: Service;
  readonly method?: string;
  /** A regular expression that matches some part of the path, without its query. */
  readonly path?: string;
  /** The first matching request to affect, counted from when the fault was set. Default: 1. */
  readonly nth?: number;
  /** The number of requests to affect, from the nth on, or `every`. Default: 1. */
  readonly times?: number | 'every';
}

/** Changes to a body, applied in this order. */
export interface BodyChanges {
  /** Replaces all occurrences of a string. */
  readonly replace?: { readonly text: string; readonly by: string };
  /**
   * Merges these fields into a JSON object, or into each object of a list, as a JSON merge patch (RFC 7396) does, except that
   * `null` sets a field to null.
   */
  readonly mergeJson?: Readonly<Record<string, unknown>>;
  /** Rewrites JSON in other bytes with the same meaning, which changes its digest. */
  readonly rewriteJson?: true;
  /** Flips the lowest bit of the byte at this index. */
  readonly flipByte?: number;
  /** Truncates to this many bytes, sent as a complete body. */
  readonly keepBytes?: number;
}

/** New values by header name; `null` removes the header. */
export type HeaderChanges = Readonly<Record<string, string | null>>;

/** The effect on the request. */
export type FaultEffect =
  /** Sends this response; the service doesn't see the request. */
  | {
      readonly kind: 'answer';
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: string;
      /** A body of any bytes, in place of `body`. */
      readonly bodyBase64?: string;
      /** Sends the body this many times. Default: once. */
      readonly repeat?: number | 'forever';
    }
  /** Buffers the request and passes a changed one to the service. */
  | ({ readonly kind: 'alter-request'; readonly headers?: HeaderChanges } & BodyChanges)
  /** Changes the service's response. */
  | ({ readonly kind: 'alter-answer'; readonly status?: number; readonly headers?: HeaderChanges } & BodyChanges)
  /** Passes `afterBytes` of the body to the service, then resets the connection. */
  | { readonly kind: 'reset-request'; readonly afterBytes: number }
  /** Resets the connection after `afterBytes` of the response body. With 0, the client gets no response at all. */
  | { readonly kind: 'reset-answer'; readonly afterBytes: number }
  /** Pauses for `ms` (default: forever), then continues normally. */
  | { readonly kind: 'stall'; readonly ms?: number }
  /** Stops reading for `ms` (default: forever) after `afterBytes` of the request body. */
  | { readonly kind: 'stall-request'; readonly afterBytes: number; readonly ms?: number }
  /** Pauses for `ms` (default: forever) after `afterBytes` of the response body. */
  | { readonly kind: 'stall-answer'; readonly afterBytes: number; readonly ms?: number }
  /** Reads the request body at this rate. */
  | { readonly kind: 'drip-request'; readonly bytesPerSecond: number }
  /** Sends the response body at this rate. */
  | { readonly kind: 'drip-answer'; readonly bytesPerSecond: number }
  /** Replaces the request's key or token with an unknown one. */
  | { readonly kind: 'expired-token' }
  /** Creates someone else's release. */
  | ({ readonly kind: 'other-release' } & OtherRelease)
  /**
   * Keeps the next release pending, for this many reads or until the fault is cleared. The default app is the one in the
   * request's path.
   */
  | {
      readonly kind: 'hold-release';
      readonly app?: string;
      readonly reads?: number;
      readonly outcome: 'succeeded' | 'failed' | 'expired';
    }
  /** Ends the eligibility for a rollback of all releases but the newest `keep`, as when their images are deleted. */
  | { readonly kind: 'retire-releases'; readonly app?: string; readonly keep: number };

export interface OtherRelease {
  /** Default: the app in the request's path. */
  readonly app?: string;
  /** The ID of an image to release that was pushed earlier. Default: the release sets a config var. */
  readonly image?: string;
  /** The image's process type. Default: `web`. */
  readonly type?: string;
  /** Default: `before` the request. `after`: when the request is done, but not yet its response. */
  readonly when?: 'before' | 'after';
  /** A `pending` release succeeds when the fault is cleared. Default: `succeeded`. */
  readonly status?: 'succeeded' | 'failed' | 'pending';
}

/** A failure to inject, as data. */
export interface Fault {
  readonly on: FaultTrigger;
  readonly effect: FaultEffect;
}
