import { request as httpRequest, type ClientRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { rawErrorPage, sendErrorPage, type RouterErrorCode } from './error-page.ts';
import { isRestricted, maxHeadBytes } from './restrictions.ts';
import { requestHeaders, responseHeaders } from './headers.ts';

export interface ForwardLimits {
  /** Time limit for a dyno to start its response (H12). */
  readonly firstByteMs: number;
  /** Idle time limit after that, in both directions (H15). */
  readonly idleMs: number;
}

/** A request to forward. */
export interface Forwarded {
  readonly request: IncomingMessage;
  readonly id: string;
  /** The connection to the dyno. */
  readonly target: Socket;
  readonly limits: ForwardLimits;
}

/** Forwards a request to a dyno and the response back. Returns the response's status, or the error code. */
export async function forward(
  { request, id, target, limits }: Forwarded,
  response: ServerResponse,
): Promise<number | RouterErrorCode> {
  let failure: RouterErrorCode | undefined;
  response.once('close', () => {
    failure ??= 'H27';
    target.destroy();
  });
  const outgoing = send(request, id, target, false);
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
    const { statusCode = 502 } = dynoResponse;
    response.writeHead(statusCode, dynoResponse.statusMessage, responseHeaders(dynoResponse));
    await pipeline(dynoResponse, response);
    return statusCode;
  } catch {
    response.destroy();
    return failure ?? 'H18';
  }
}

/** Forwards an upgrade, usually to a websocket. If the dyno agrees, joins the two connections. */
export async function forwardUpgrade(
  { request, id, target, limits }: Forwarded,
  client: Duplex,
  head: Buffer,
): Promise<number | RouterErrorCode> {
  const outgoing = send(request, id, target, true);
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
    return 101;
  }
  client.write(rawHead(dynoResponse, [...responseHeaders(dynoResponse), 'Connection', 'close']));
  await pipeline(dynoResponse, client).catch(() => client.destroy());
  return dynoResponse.statusCode ?? 502;
}

function send(request: IncomingMessage, id: string, target: Socket, upgrade: boolean): ClientRequest {
  const outgoing = httpRequest({
    createConnection: () => target,
    method: request.method,
    path: request.url,
    headers: requestHeaders(request, id, upgrade) as unknown as Record<string, string>,
    setHost: false,
    maxHeaderSize: maxHeadBytes,
  });
  outgoing.maxHeadersCount = 0;
  outgoing.on('error', () => undefined);
  return outgoing;
}

type NoResponse = 'H12' | 'H13' | 'H17' | 'H25';

async function waitForResponse(outgoing: ClientRequest, firstByteMs: number): Promise<IncomingMessage | NoResponse> {
  return await new Promise((resolve) => {
    const timer = setTimeout(() => {
      resolve('H12');
      outgoing.destroy();
    }, firstByteMs);
    const settle = (result: IncomingMessage | NoResponse): void => {
      clearTimeout(timer);
      resolve(result);
    };
    outgoing.once('response', (response) => {
      if (!isRestricted(response)) return settle(response);
      settle('H25');
      outgoing.destroy();
    });
    outgoing.once('error', ({ code = '' }: NodeJS.ErrnoException) => {
      if (code.startsWith('HPE_')) settle(code === 'HPE_HEADER_OVERFLOW' ? 'H25' : 'H17');
    });
    outgoing.once('upgrade', () => clearTimeout(timer));
    outgoing.once('close', () => settle('H13'));
  });
}

function rawHead({ statusCode, statusMessage }: IncomingMessage, headers: readonly string[]): string {
  const lines = headers.flatMap((name, index) => (index % 2 === 0 ? [`${name}: ${headers[index + 1]}\r\n`] : []));
  return `HTTP/1.1 ${statusCode} ${statusMessage}\r\n${lines.join('')}\r\n`;
}
