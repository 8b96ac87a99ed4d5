import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { send, targetOf } from '../http/exchange.ts';
import type { Service } from '../journal/journal.ts';
import { alterAnswer, dripAnswer, resetAnswer, stallAnswer } from './answers.ts';
import { untilOver } from './connection.ts';
import type { Faults, Strike } from './faults.ts';
import { alterRequest, dripRequest, expireTokens, resetRequest, stallRequest } from './requests.ts';

/** What faults do beyond one request and its answer. */
export interface FaultTarget {
  /** Somebody else releases the app; whether there was a release. */
  otherRelease(app: string, image: string | undefined): Promise<boolean>;
  /** Holds the app's next release, and tells when there is one. */
  holdRelease(app: string, reads: number, outcome: 'succeeded' | 'failed' | 'expired', onHeld: () => void): void;
  /** Writes down that a fault befalls the request. */
  note(request: IncomingMessage, kind: string): void;
}

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly target: FaultTarget;
}

/** The same listener, with the faults that befall its requests. */
export function withFaults(
  faults: Faults,
  service: Service,
  target: FaultTarget,
  listener: RequestListener,
): RequestListener {
  return (request, response) => {
    const strikes = faults.strike(service, request.method ?? '', targetOf(request).pathname);
    if (strikes.length === 0) return listener(request, response);
    for (const { effect } of strikes) target.note(request, effect.kind);
    void strikeAll(strikes, { request, response, target }).then(
      (goesOn) => {
        if (goesOn && !response.destroyed) listener(request, response);
      },
      // A fault that cannot do what it should has not fired, which the close tells.
      () => response.destroy(),
    );
  };
}

/** Whether the service gets to see the request. */
async function strikeAll(strikes: readonly Strike[], exchange: Exchange): Promise<boolean> {
  for (const strike of strikes) if (!(await befall(strike, exchange))) return false;
  return true;
}

async function befall({ effect, fired }: Strike, { request, response, target }: Exchange): Promise<boolean> {
  switch (effect.kind) {
    case 'answer':
      fired();
      request.resume();
      send(response, { status: effect.status, body: effect.body ?? '', headers: effect.headers ?? {} });
      return false;
    case 'alter-request':
      await alterRequest(request, response, effect, fired);
      return true;
    case 'alter-answer':
      alterAnswer(response, effect, fired);
      return true;
    case 'reset-request':
      resetRequest(request, effect, fired);
      return effect.afterBytes > 0;
    case 'reset-answer':
      resetAnswer(response, effect, fired);
      return true;
    case 'stall':
      fired();
      await untilOver(response, effect.ms);
      return effect.ms !== undefined;
    case 'stall-request':
      stallRequest(request, response, effect, fired);
      return true;
    case 'stall-answer':
      stallAnswer(response, effect, fired);
      return true;
    case 'drip-request':
      dripRequest(request, response, effect, fired);
      return true;
    case 'drip-answer':
      dripAnswer(response, effect, fired);
      return true;
    case 'expired-token':
      expireTokens(request, fired);
      return true;
    case 'other-release':
      if (await target.otherRelease(effect.app ?? appIn(request), effect.image)) fired();
      return true;
    case 'hold-release':
      target.holdRelease(effect.app ?? appIn(request), effect.reads, effect.outcome, fired);
      return true;
    default:
      return effect satisfies never;
  }
}

/** The app that the path names: `/apps/shop/releases`, `/v2/shop/web/manifests/latest`. */
function appIn(request: IncomingMessage): string {
  return /^\/(?:apps|v2)\/([^/]+)/.exec(targetOf(request).pathname)?.[1] ?? '';
}
