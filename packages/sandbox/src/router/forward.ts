import { request as httpRequest, type ClientRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { rawErrorPage, sendErrorPage, type RouterErrorCode } from './error-page.ts';
import { requestHeaders, responseHeaders } from './headers.ts';

export interface ForwardLimits {
  /** Time limit for a dyno to start its response (H12). */
  readonly firstByteMs: number;
  /** Idle time limit after that, in both directions (H15). */
  readonly idleMs: number;
}

/** Forwards a request to a dyno and the response back. Returns the error code if it failed. */
export async function forward(
  request: IncomingMessage,
  response: ServerResponse,
  target: Socket,
  limits: ForwardLimits,
): Promise<RouterErrorCode | undefined> {
  let failure: RouterErrorCode | undefined;
  response.once('close', () => {
    failure ??= 'H27';
    target.destroy();
  });
  const outgoing = send(request, target, false);
  pipeline(request, outgoing).catch(() => outgoing.destroy());
  const dynoResponse = await waitForResponse(outgoing, limits.firstByteMs);
  if (failure) return failure;
  if (typeof dynoResponse === 'string') {
    sendErrorPage(response, dynoResponse);
    return dynoResponse;
  }
  dynoResponse.once('error', () => (failure ??= 'H18'));
  target.setTimeout(limits.idleMs, () => {
    failure ??= 'H15';
    target.destroy();
  });
  try {
    response.writeHead(dynoResponse.statusCode ?? 502, dynoResponse.statusMessage, responseHeaders(dynoResponse));
    await pipeline(dynoResponse, response);
    return undefined;
  } catch {
    response.destroy();
    return failure ?? 'H18';
  }
}

/** Forwards an upgrade, usually to a websocket. If the dyno agrees, joins the two connections. */
export async function forwardUpgrade(
  request: IncomingMessage,
  client: Duplex,
  head: Buffer,
  target: Socket,
  limits: ForwardLimits,
): Promise<RouterErrorCode | undefined> {
  const outgoing = send(request, target, true);
  client.once('close', () => target.destroy());
  const upgraded = new Promise<Buffer>((resolve) => {
    outgoing.once('upgrade', (dynoResponse, _socket, firstBytes) => {
      client.write(rawHead(dynoResponse, dynoResponse.rawHeaders));
      resolve(firstBytes);
    });
  });
  outgoing.end();
  const dynoResponse = await Promise.race([upgraded, waitForResponse(outgoing, limits.firstByteMs)]);
  if (typeof dynoResponse === 'string') {
    client.end(rawErrorPage(dynoResponse));
    return dynoResponse;
  }
  if (Buffer.isBuffer(dynoResponse)) {
    client.write(dynoResponse);
    target.write(head);
    await Promise.all([pipeline(client, target), pipeline(target, client)]).catch(() => undefined);
    return undefined;
  }
  client.write(rawHead(dynoResponse, [...responseHeaders(dynoResponse), 'Connection', 'close']));
  await pipeline(dynoResponse, client).catch(() => client.destroy());
  return undefined;
}

function send(request: IncomingMessage, target: Socket, upgrade: boolean): ClientRequest {
  const outgoing = httpRequest({
    createConnection: () => target,
    method: request.method,
    path: request.url,
    headers: requestHeaders(request, upgrade) as unknown as Record<string, string>,
    setHost: false,
  });
  outgoing.on('error', () => undefined);
  return outgoing;
}

async function waitForResponse(outgoing: ClientRequest, firstByteMs: number): Promise<IncomingMessage | 'H12' | 'H13'> {
  return await new Promise((resolve) => {
    const timer = setTimeout(() => {
      resolve('H12');
      outgoing.destroy();
    }, firstByteMs);
    const settle = (result: IncomingMessage | 'H13'): void => {
      clearTimeout(timer);
      resolve(result);
    };
    outgoing.once('response', settle);
    outgoing.once('upgrade', () => clearTimeout(timer));
    outgoing.once('close', () => settle('H13'));
  });
}

function rawHead({ statusCode, statusMessage }: IncomingMessage, headers: readonly string[]): string {
  const lines = headers.flatMap((name, index) => (index % 2 === 0 ? [`${name}: ${headers[index + 1]}\r\n`] : []));
  return `HTTP/1.1 ${statusCode} ${statusMessage}\r\n${lines.join('')}\r\n`;
}
