import type { IncomingMessage, ServerResponse } from 'node:http';

/** A received request. */
export interface Call {
  readonly method: string;
  readonly url: URL;
  readonly headers: IncomingMessage['headers'];
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** `METHOD kind`, such as `PUT upload`. The kinds are blob, upload, manifest, token and other. */
  readonly what: string;
  /** The number of earlier calls with the same `what`. */
  readonly before: number;
  /** The number of received bytes of the body. */
  received: number;
  /** Closes the connection after this many bytes of the body. */
  breaksAfter?: number;
}

/** Sends a response, without the body for HEAD. */
export function respond(
  call: Call,
  status: number,
  headers: Record<string, string> = {},
  body: Buffer = Buffer.alloc(0),
): void {
  call.request.resume();
  call.response.writeHead(status, { 'content-length': String(body.length), ...headers });
  call.response.end(call.method === 'HEAD' ? undefined : body);
}

/** Sends an error of the distribution protocol. */
export function refuse(call: Call, status: number, code: string, headers: Record<string, string> = {}): void {
  const body = Buffer.from(JSON.stringify({ errors: [{ code, message: code.toLowerCase().replaceAll('_', ' ') }] }));
  respond(call, status, { 'content-type': 'application/json', ...headers }, body);
}

export async function readBody(call: Call): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of call.request as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    call.received += chunk.length;
  }
  return Buffer.concat(chunks);
}

export function basic({ username, password }: { username: string; password: string }): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}

/** Returns the kind of a path: blob, upload, manifest, token or other. */
export function kindOf({ pathname }: URL): string {
  if (pathname.startsWith('/token')) return 'token';
  if (pathname.includes('/blobs/uploads/')) return 'upload';
  if (pathname.includes('/blobs/')) return 'blob';
  return pathname.includes('/manifests/') ? 'manifest' : 'other';
}
