import type { IncomingMessage, ServerResponse } from 'node:http';

/** A route's response: JSON, text if the body is a string, or no body. */
export interface Reply {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The request's body is longer than any body that these APIs accept. */
export class BodyTooLargeError extends Error {}

const maxBodyBytes = 1024 * 1024;

/** Reads a request's body as text. Throws BodyTooLargeError as soon as the body exceeds `limit` bytes, 1 MiB by default. */
export async function readBody(request: IncomingMessage, limit = maxBodyBytes): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > limit) throw new BodyTooLargeError(`The body is longer than ${limit} bytes.`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** Sends `reply`: a string body as is, any other body as JSON. */
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

/** Returns a request's path, not decoded, and its query. */
export function targetOf(request: IncomingMessage): { readonly pathname: string; readonly query: URLSearchParams } {
  const target = (request.url ?? '/').replace(/^https?:\/\/[^/?]*/i, '');
  const mark = target.indexOf('?');
  return {
    pathname: mark < 0 ? target : target.slice(0, mark),
    query: new URLSearchParams(mark < 0 ? '' : target.slice(mark + 1)),
  };
}

/** Returns the origin at which the client reached this server: the scheme and the Host header. */
export function originOf(request: IncomingMessage): string {
  return `${'encrypted' in request.socket ? 'https' : 'http'}://${request.headers.host ?? '127.0.0.1'}`;
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
