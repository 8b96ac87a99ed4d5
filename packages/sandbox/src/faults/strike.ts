import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { send, targetOf } from '../http/exchange.ts';
import type { Service } from '../journal.ts';
import { alterAnswer, dripAnswer, resetAnswer } from './answers.ts';
import type { FaultEffect } from './fault.ts';
import type { Faults } from './faults.ts';

/** What a fault can do to Heroku's side. */
export interface FaultTarget {
  /** Somebody else releases the app. */
  otherRelease(app: string): Promise<void>;
  holdRelease(app: string, reads: number, outcome: 'succeeded' | 'failed' | 'expired'): void;
}

/** The same listener, with the faults that befall its requests. */
export function withFaults(
  faults: Faults,
  service: Service,
  target: FaultTarget,
  listener: RequestListener,
): RequestListener {
  return (request, response) => {
    const effects = faults.strike(service, request.method ?? '', targetOf(request).pathname);
    if (effects.length === 0) return listener(request, response);
    void strikeAll(effects, request, response, target).then((goesOn) => {
      if (goesOn && !response.destroyed) listener(request, response);
    });
  };
}

/** Whether the service gets to see the request. */
async function strikeAll(
  effects: readonly FaultEffect[],
  request: IncomingMessage,
  response: ServerResponse,
  target: FaultTarget,
): Promise<boolean> {
  for (const effect of effects) if (!(await strike(effect, request, response, target))) return false;
  return true;
}

async function strike(
  effect: FaultEffect,
  request: IncomingMessage,
  response: ServerResponse,
  target: FaultTarget,
): Promise<boolean> {
  switch (effect.kind) {
    case 'answer':
      request.resume();
      send(response, { status: effect.status, body: effect.body ?? '', headers: effect.headers ?? {} });
      return false;
    case 'reset-request':
      resetAfter(request, effect.afterBytes);
      return effect.afterBytes > 0;
    case 'reset-answer':
      resetAnswer(response, effect.afterBytes);
      return true;
    case 'alter-answer':
      alterAnswer(response, effect);
      return true;
    case 'drip':
      dripAnswer(response, effect.bytesPerSecond);
      return true;
    case 'stall':
      await untilOver(response, effect.ms);
      return effect.ms !== undefined;
    case 'other-release':
      await target.otherRelease(effect.app);
      return true;
    case 'hold-release':
      target.holdRelease(effect.app, effect.reads, effect.outcome);
      return true;
    default:
      return effect satisfies never;
  }
}

/** Hands on exactly so many bytes of the body, then resets the connection. */
function resetAfter(request: IncomingMessage, bytes: number): void {
  if (bytes <= 0) return void request.socket.resetAndDestroy();
  let left = bytes;
  const push = request.push.bind(request);
  request.push = (chunk: Buffer | null, encoding?: BufferEncoding) => {
    if (chunk === null || chunk.length < left) {
      left -= chunk?.length ?? 0;
      return push(chunk, encoding);
    }
    const more = push(chunk.subarray(0, left), encoding);
    request.push = () => false;
    setImmediate(() => request.socket.resetAndDestroy());
    return more;
  };
}

async function untilOver(response: ServerResponse, ms: number | undefined): Promise<void> {
  await new Promise<void>((resolve) => {
    const timer = ms === undefined ? undefined : setTimeout(resolve, ms);
    response.once('close', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
