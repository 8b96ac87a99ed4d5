import type { IncomingMessage, ServerResponse } from 'node:http';

/** What a route answers: JSON, a text when the body is a string, or no body. */
export interface Reply {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The request's body is longer than any body these APIs take. */
export class BodyTooLarge extends Error {}

const maxBodyBytes = 1024 * 1024;

/** Reads a request's body as text; a body past 1 MiB is refused as soon as it is that long. */
export async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBodyBytes) throw new BodyTooLarge(`The body is longer than ${maxBodyBytes} bytes.`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** Sends `reply`; a body that is a string goes out as it is, anything else as JSON. */
export function send(response: ServerResponse, reply: Reply): void {
  const text =
    reply.body === undefined ? '' : typeof reply.body === 'string' ? reply.body : `${JSON.stringify(reply.body)}\n`;
  response.writeHead(reply.status, {
    ...(typeof reply.body === 'string' || reply.body === undefined ? {} : { 'content-type': 'application/json' }),
    ...(reply.status === 204 || reply.status === 304 ? {} : { 'content-length': Buffer.byteLength(text) }),
    ...reply.headers,
  });
  response.end(text);
}

/** A request's path, undecoded, and its query. */
export function targetOf(request: IncomingMessage): { readonly pathname: string; readonly query: URLSearchParams } {
  const target = (request.url ?? '/').replace(/^https?:\/\/[^/?]*/i, '');
  const mark = target.indexOf('?');
  return {
    pathname: mark < 0 ? target : target.slice(0, mark),
    query: new URLSearchParams(mark < 0 ? '' : target.slice(mark + 1)),
  };
}

/** Where the client reached this server: the scheme and the host that it asked for. */
export function originOf(request: IncomingMessage): string {
  return `${'encrypted' in request.socket ? 'https' : 'http'}://${request.headers.host ?? '127.0.0.1'}`;
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
