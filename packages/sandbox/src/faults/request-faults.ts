import type { IncomingMessage, ServerResponse } from 'node:http';
import { changeBody } from './change-body.ts';
import { drip, reset, waitUntilOver } from './connection.ts';
import type { FaultEffect } from './fault.ts';

type Of<Kind extends FaultEffect['kind']> = Extract<FaultEffect, { kind: Kind }>;
type Push = (chunk: Buffer | null) => boolean;

/** Forwards exactly `afterBytes` of the body, then resets the connection. */
export function resetRequest(
  request: IncomingMessage,
  { afterBytes }: Of<'reset-request'>,
  markFired: () => void,
): void {
  if (afterBytes === 0) {
    markFired();
    return reset(request);
  }
  let left = afterBytes;
  const push = request.push.bind(request) as Push;
  request.push = (chunk: Buffer | null) => {
    if (chunk === null || chunk.length < left) {
      left -= chunk?.length ?? 0;
      return push(chunk);
    }
    const more = push(chunk.subarray(0, left));
    request.push = () => false;
    markFired();
    setImmediate(() => reset(request));
    return more;
  };
}

/** Forwards `afterBytes` of the body, then stops reading from the connection for a while. */
export function stallRequest(
  request: IncomingMessage,
  response: ServerResponse,
  { afterBytes, ms }: Of<'stall-request'>,
  markFired: () => void,
): void {
  let left = afterBytes;
  forwardSlowly(request, async (chunk, push) => {
    if (left >= 0 && chunk.length > left) {
      push(chunk.subarray(0, left));
      const rest = chunk.subarray(left);
      left = -1;
      markFired();
      await waitUntilOver(response, ms);
      return push(rest);
    }
    if (left >= 0) left -= chunk.length;
    return push(chunk);
  });
}

/** Reads the connection and forwards the body at the given rate. */
export function dripRequest(
  request: IncomingMessage,
  response: ServerResponse,
  { bytesPerSecond }: Of<'drip-request'>,
  markFired: () => void,
): void {
  forwardSlowly(request, async (chunk, push) => {
    markFired();
    await drip(chunk, bytesPerSecond, response, push);
  });
}

/** Buffers the body and replaces it with the changed one. Resolves when the service can have the request. */
export async function alterRequest(
  request: IncomingMessage,
  response: ServerResponse,
  { headers = {}, ...changes }: Of<'alter-request'>,
  markFired: () => void,
): Promise<void> {
  const body = await bufferBody(request, response);
  const changed = changeBody(body, changes);
  if (Object.keys(headers).length > 0 || !changed.equals(body)) markFired();
  for (const [name, value] of Object.entries(headers)) {
    if (value === null) delete request.headers[name.toLowerCase()];
    else request.headers[name.toLowerCase()] = value;
  }
  if (request.headers['content-length'] !== undefined) request.headers['content-length'] = String(changed.length);
  if (changed.length > 0) request.push(changed);
  request.push(null);
}

const tokenHeaders = ['private-token', 'job-token', 'deploy-token'] as const;
const tokenParameter = /([?&](?:private_token|job_token|access_token)=)[^&]*/g;

/** Replaces each key and token in the request with an unknown one. */
export function expireTokens(request: IncomingMessage, markFired: () => void): void {
  const { headers, url = '' } = request;
  if (headers.authorization !== undefined) {
    headers.authorization = /^basic /i.test(headers.authorization)
      ? `Basic ${Buffer.from('expired:expired').toString('base64')}`
      : 'Bearer expired';
    markFired();
  }
  for (const name of tokenHeaders.filter((header) => headers[header] !== undefined)) {
    headers[name] = 'expired';
    markFired();
  }
  request.url = url.replaceAll(tokenParameter, '$1expired');
  if (request.url !== url) markFired();
}

/** Passes one chunk at a time to `forward` and doesn't read the connection until it is done. */
function forwardSlowly(request: IncomingMessage, forward: (chunk: Buffer, push: Push) => Promise<unknown>): void {
  const push = request.push.bind(request) as Push;
  const read = request._read.bind(request);
  let waiting = 0;
  let previous = Promise.resolve();
  request._read = (size) => {
    if (waiting === 0) read(size);
  };
  request.push = (chunk: Buffer | null) => {
    waiting++;
    previous = previous.then(async () => {
      if (chunk === null) push(null);
      else await forward(chunk, push);
      if (--waiting === 0 && chunk !== null) read(0);
    });
    return false;
  };
}

/** Returns the whole body before anything reads it, or the part received when the client disconnects. */
async function bufferBody(request: IncomingMessage, response: ServerResponse): Promise<Buffer> {
  const chunks: Buffer[] = [];
  const push = request.push.bind(request);
  await new Promise<void>((resolve) => {
    response.once('close', resolve);
    request.push = (chunk: Buffer | null) => {
      if (chunk === null) resolve();
      else chunks.push(chunk);
      return true;
    };
  });
  request.push = push;
  return Buffer.concat(chunks);
}
