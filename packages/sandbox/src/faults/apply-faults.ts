import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { targetOf } from '../http/exchange.ts';
import type { Service } from '../journal/journal.ts';
import { waitUntilOver } from './connection.ts';
import type { OtherRelease } from './fault.ts';
import type { FaultHit, Faults } from './faults.ts';
import { alterRequest, dripRequest, expireTokens, resetRequest, stallRequest } from './request-faults.ts';
import { alterResponse, dripResponse, resetResponse, runBeforeEnd, stallResponse } from './response-faults.ts';
import { sendAnswer } from './send-answer.ts';

/** What faults reach beyond the request and its response. */
export interface FaultTarget {
  /** Creates someone else's release of the app. Returns whether it did. A pending one succeeds when `cleared` aborts. */
  createOtherRelease(app: string, release: OtherRelease, cleared: AbortSignal): Promise<boolean>;
  /** Keeps the app's next release pending. */
  holdNextRelease(app: string, hold: ReleaseHold): void;
  /** Ends the eligibility of the app's older releases. Returns whether there were any. */
  retireReleases(app: string, keep: number): boolean;
  /** Records that a fault affects the request. */
  recordFault(request: IncomingMessage, kind: string): void;
}

/** How long a release stays pending: for `reads` reads, or until `signal` aborts. */
export interface ReleaseHold {
  readonly reads?: number;
  readonly outcome: 'succeeded' | 'failed' | 'expired';
  readonly signal: AbortSignal;
  /** Called when there is such a release. */
  readonly onHeld: () => void;
}

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly target: FaultTarget;
}

/** Returns the listener with faults applied to its requests. */
export function withFaults(
  faults: Faults,
  service: Service,
  target: FaultTarget,
  listener: RequestListener,
): RequestListener {
  return (request, response) => {
    const hits = faults.hit(service, request.method ?? '', targetOf(request).pathname);
    if (hits.length === 0) return listener(request, response);
    for (const { effect } of hits) target.recordFault(request, effect.kind);
    void applyFaults(hits, { request, response, target }).then(
      (shouldServe) => {
        if (shouldServe && !response.destroyed) listener(request, response);
      },
      // The fault stays unfired, which close() reports.
      () => response.destroy(),
    );
  };
}

/** Returns whether the service should see the request. */
async function applyFaults(hits: readonly FaultHit[], exchange: Exchange): Promise<boolean> {
  for (const hit of hits) if (!(await applyFault(hit, exchange))) return false;
  return true;
}

async function applyFault(
  { effect, markFired, cleared }: FaultHit,
  { request, response, target }: Exchange,
): Promise<boolean> {
  switch (effect.kind) {
    case 'answer':
      markFired();
      request.resume();
      sendAnswer(response, effect);
      return false;
    case 'alter-request':
      await alterRequest(request, response, effect, markFired);
      return true;
    case 'alter-answer':
      alterResponse(response, effect, markFired);
      return true;
    case 'reset-request':
      resetRequest(request, effect, markFired);
      return effect.afterBytes > 0;
    case 'reset-answer':
      resetResponse(response, effect, markFired);
      return true;
    case 'stall':
      markFired();
      await waitUntilOver(response, effect.ms);
      return effect.ms !== undefined;
    case 'stall-request':
      stallRequest(request, response, effect, markFired);
      return true;
    case 'stall-answer':
      stallResponse(response, effect, markFired);
      return true;
    case 'drip-request':
      dripRequest(request, response, effect, markFired);
      return true;
    case 'drip-answer':
      dripResponse(response, effect, markFired);
      return true;
    case 'expired-token':
      expireTokens(request, markFired);
      return true;
    case 'other-release': {
      const release = async () => {
        if (await target.createOtherRelease(effect.app ?? appInPath(request), effect, cleared)) markFired();
      };
      if (effect.when === 'after') runBeforeEnd(response, release);
      else await release();
      return true;
    }
    case 'hold-release': {
      const { app = appInPath(request), reads, outcome } = effect;
      target.holdNextRelease(app, {
        ...(reads === undefined ? {} : { reads }),
        outcome,
        signal: cleared,
        onHeld: markFired,
      });
      return true;
    }
    case 'retire-releases':
      if (target.retireReleases(effect.app ?? appInPath(request), effect.keep)) markFired();
      return true;
    default:
      return effect satisfies never;
  }
}

/** Returns the app in paths such as `/apps/shop/releases` and `/v2/shop/web/manifests/latest`. */
function appInPath(request: IncomingMessage): string {
  return /^\/(?:apps|v2)\/([^/]+)/.exec(targetOf(request).pathname)?.[1] ?? '';
}
