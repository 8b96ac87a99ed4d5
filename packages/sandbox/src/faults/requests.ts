import type { IncomingMessage, ServerResponse } from 'node:http';
import { changedBody } from './changed-body.ts';
import { drip, reset, untilOver } from './connection.ts';
import type { FaultEffect } from './fault.ts';

type Of<Kind extends FaultEffect['kind']> = Extract<FaultEffect, { kind: Kind }>;
type Push = (chunk: Buffer | null) => boolean;

/** Hands on exactly so many bytes of the body, then resets the connection; at once for 0. */
export function resetRequest(request: IncomingMessage, { afterBytes }: Of<'reset-request'>, fired: () => void): void {
  if (afterBytes === 0) {
    fired();
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
    fired();
    setImmediate(() => reset(request));
    return more;
  };
}

/** Hands on so many bytes of the body and then, for a while, reads no more from the connection. */
export function stallRequest(
  request: IncomingMessage,
  response: ServerResponse,
  { afterBytes, ms }: Of<'stall-request'>,
  fired: () => void,
): void {
  let left = afterBytes;
  slowly(request, async (chunk, push) => {
    if (left >= 0 && chunk.length > left) {
      push(chunk.subarray(0, left));
      const rest = chunk.subarray(left);
      left = -1;
      fired();
      await untilOver(response, ms);
      return push(rest);
    }
    if (left >= 0) left -= chunk.length;
    return push(chunk);
  });
}

/** Hands on so many bytes of the body a second, and reads no faster from the connection. */
export function dripRequest(
  request: IncomingMessage,
  response: ServerResponse,
  { bytesPerSecond }: Of<'drip-request'>,
  fired: () => void,
): void {
  slowly(request, async (chunk, push) => {
    fired();
    await drip(chunk, bytesPerSecond, response, push);
  });
}

/** Collects the body, so that the service sees it changed from its first byte on. Resolves when it may be served. */
export async function alterRequest(
  request: IncomingMessage,
  response: ServerResponse,
  { headers = {}, ...changes }: Of<'alter-request'>,
  fired: () => void,
): Promise<void> {
  const body = await collected(request, response);
  const changed = changedBody(body, changes);
  if (Object.keys(headers).length > 0 || !changed.equals(body)) fired();
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

/** Puts a key that nobody knows in the place of each key and token of the request. */
export function expireTokens(request: IncomingMessage, fired: () => void): void {
  const { headers, url = '' } = request;
  if (headers.authorization !== undefined) {
    headers.authorization = /^basic /i.test(headers.authorization)
      ? `Basic ${Buffer.from('expired:expired').toString('base64')}`
      : 'Bearer expired';
    fired();
  }
  for (const name of tokenHeaders.filter((header) => headers[header] !== undefined)) {
    headers[name] = 'expired';
    fired();
  }
  request.url = url.replaceAll(tokenParameter, '$1expired');
  if (request.url !== url) fired();
}

/** One chunk after the other goes through `hand`; until it is done the connection is not read. */
function slowly(request: IncomingMessage, hand: (chunk: Buffer, push: Push) => Promise<unknown>): void {
  const push = request.push.bind(request) as Push;
  const read = request._read.bind(request);
  let waiting = 0;
  let before = Promise.resolve();
  request._read = (size) => {
    if (waiting === 0) read(size);
  };
  request.push = (chunk: Buffer | null) => {
    waiting++;
    before = before.then(async () => {
      if (chunk === null) push(null);
      else await hand(chunk, push);
      if (--waiting === 0 && chunk !== null) read(0);
    });
    return false;
  };
}

/** The whole body, taken before anybody reads it; what there is of it when the client goes away. */
async function collected(request: IncomingMessage, response: ServerResponse): Promise<Buffer> {
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
