import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import type { Readable } from 'node:stream';
import { Refusal, SilentRefusal } from './refusal.ts';

/** One request and its response, as the routes see them. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** As sent, without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
}

export function exchangeOf(request: IncomingMessage, response: ServerResponse): Exchange {
  const [path = '', query = ''] = (request.url ?? '').split(/\?(.*)/s, 2);
  return { request, response, path, query: new URLSearchParams(query) };
}

type Headers = Readonly<Record<string, string | number>>;

export const isHead = ({ request }: Exchange): boolean => request.method === 'HEAD';

export const isReading = ({ request }: Exchange): boolean => request.method === 'GET' || request.method === 'HEAD';

/** Returns a path of this registry as a URL, with the host of the request. */
export function urlOf({ request }: Pick<Exchange, 'request'>, path: string, form: 'absolute' | 'relative'): string {
  const { host } = request.headers;
  const isPlain = host !== undefined && /^[\w.:[\]-]+$/.test(host);
  return form === 'absolute' && isPlain ? `${'encrypted' in request.socket ? 'https' : 'http'}://${host}${path}` : path;
}

/** Reads the request's body. Leaving the loop early keeps the connection open for the response. */
export function bodyOf({ request }: Exchange): AsyncIterable<Buffer> {
  return request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>;
}

/** Reads the whole body. Throws a `Refusal` with status 413 past `limit` bytes. */
export async function readBody(exchange: Exchange, limit: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of bodyOf(exchange)) {
    size += chunk.length;
    if (size > limit) throw new Refusal('MANIFEST_INVALID', `larger than ${limit} bytes`, { status: 413 });
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** Responds without a body. */
export function answer({ response }: Exchange, status: number, headers: Headers = {}): void {
  const length = status === 204 ? {} : { 'content-length': 0 };
  response.writeHead(status, { ...length, ...headers }).end();
}

export function answerBytes(exchange: Exchange, headers: Headers, bytes: Uint8Array): void {
  exchange.response.writeHead(200, { 'content-length': bytes.byteLength, ...headers });
  exchange.response.end(isHead(exchange) ? undefined : bytes);
}

/** Sends a stream. If it fails halfway, closes the connection: nothing else is possible. */
export async function answerStream(
  { response }: Exchange,
  status: number,
  headers: Headers,
  body: Readable,
): Promise<void> {
  response.writeHead(status, headers);
  await pipeline(body, response).catch(() => response.destroy());
}

/** Responds with an error: a refusal as it says, any other failure as 503 UNKNOWN. */
export function answerError(exchange: Exchange, error: unknown): void {
  const { request, response } = exchange;
  if (response.headersSent || response.destroyed) {
    response.destroy();
    return;
  }
  const refusal = asRefusal(error);
  const headers = { ...refusal.headers, 'content-length': Buffer.byteLength(refusal.body) };
  response.writeHead(refusal.status, headers).end(isHead(exchange) ? undefined : refusal.body);
  if (!request.complete) abandonBody(request);
}

function asRefusal(error: unknown): Refusal | SilentRefusal {
  if (error instanceof Refusal || error instanceof SilentRefusal) return error;
  const { code } = error as NodeJS.ErrnoException;
  const reason = code === 'ENOSPC' ? 'no space left for the registry' : `the registry failed: ${code ?? String(error)}`;
  return new Refusal('UNKNOWN', reason);
}

/** A client that is still sending reads the response only if the server keeps reading. Cuts off a client that never ends. */
function abandonBody(request: IncomingMessage): void {
  const cut = setTimeout(() => request.complete || request.destroy(), 2000);
  cut.unref();
  request.once('close', () => clearTimeout(cut));
  request.on('error', () => undefined);
  request.resume();
}
