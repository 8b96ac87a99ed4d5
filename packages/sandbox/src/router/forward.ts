import { request as httpRequest, type ClientRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { answerErrorPage, rawErrorPage, type RouterErrorCode } from './error-page.ts';
import { requestHeaders, responseHeaders } from './headers.ts';

export interface ForwardLimits {
  /** Until a dyno's answer begins (H12). */
  readonly firstByteMs: number;
  /** Without a byte in either direction after that (H15). */
  readonly idleMs: number;
}

/** Passes a request on over a connection to a dyno, and the answer back. Resolves to the error that the router met. */
export async function forward(
  request: IncomingMessage,
  response: ServerResponse,
  target: Socket,
  limits: ForwardLimits,
): Promise<RouterErrorCode | undefined> {
  let cut: RouterErrorCode | undefined;
  response.once('close', () => {
    cut ??= 'H27';
    target.destroy();
  });
  const outgoing = send(request, target, false);
  pipeline(request, outgoing).catch(() => outgoing.destroy());
  const answer = await firstAnswer(outgoing, limits.firstByteMs);
  if (cut) return cut;
  if (typeof answer === 'string') {
    answerErrorPage(response, answer);
    return answer;
  }
  answer.once('error', () => (cut ??= 'H18'));
  target.setTimeout(limits.idleMs, () => {
    cut ??= 'H15';
    target.destroy();
  });
  try {
    response.writeHead(answer.statusCode ?? 502, answer.statusMessage, responseHeaders(answer));
    await pipeline(answer, response);
    return undefined;
  } catch {
    response.destroy();
    return cut ?? 'H18';
  }
}

/** Passes an upgrade on, a websocket as a rule: once a dyno agrees, both connections are one. */
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
    outgoing.once('upgrade', (answer, _socket, firstBytes) => {
      client.write(rawHead(answer, answer.rawHeaders));
      resolve(firstBytes);
    });
  });
  outgoing.end();
  const answer = await Promise.race([upgraded, firstAnswer(outgoing, limits.firstByteMs)]);
  if (typeof answer === 'string') {
    client.end(rawErrorPage(answer));
    return answer;
  }
  if (Buffer.isBuffer(answer)) {
    client.write(answer);
    target.write(head);
    await Promise.all([pipeline(client, target), pipeline(target, client)]).catch(() => undefined);
    return undefined;
  }
  client.write(rawHead(answer, [...responseHeaders(answer), 'Connection', 'close']));
  await pipeline(answer, client).catch(() => client.destroy());
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

async function firstAnswer(outgoing: ClientRequest, firstByteMs: number): Promise<IncomingMessage | 'H12' | 'H13'> {
  return await new Promise((resolve) => {
    const timer = setTimeout(() => {
      resolve('H12');
      outgoing.destroy();
    }, firstByteMs);
    const settle = (answer: IncomingMessage | 'H13'): void => {
      clearTimeout(timer);
      resolve(answer);
    };
    outgoing.once('response', settle);
    outgoing.once('upgrade', () => clearTimeout(timer));
    outgoing.once('close', () => settle('H13'));
  });
}

function rawHead(answer: IncomingMessage, headers: readonly string[]): string {
  const lines = headers.flatMap((name, index) => (index % 2 === 0 ? [`${name}: ${headers[index + 1]}\r\n`] : []));
  return `HTTP/1.1 ${answer.statusCode} ${answer.statusMessage}\r\n${lines.join('')}\r\n`;
}
