import type { IncomingMessage, ServerResponse } from 'node:http';

/** One request as it arrived. */
export interface Call {
  readonly method: string;
  readonly url: URL;
  readonly headers: IncomingMessage['headers'];
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** `METHOD kind`, as in `PUT upload`: kinds are blob, upload, manifest, token, other. */
  readonly what: string;
  /** How many calls of the same `what` there were before. */
  readonly before: number;
  /** Bytes of its body, as far as they arrived. */
  received: number;
  /** After how many of them the connection breaks. */
  breaksAfter?: number;
}

/** Answers as a registry does; the body of a HEAD stays away. */
export function answer(
  call: Call,
  status: number,
  headers: Record<string, string> = {},
  body: Buffer = Buffer.alloc(0),
): void {
  call.request.resume();
  call.response.writeHead(status, { 'content-length': String(body.length), ...headers });
  call.response.end(call.method === 'HEAD' ? undefined : body);
}

/** Answers with one of the distribution protocol's errors. */
export function refuse(call: Call, status: number, code: string, headers: Record<string, string> = {}): void {
  const body = Buffer.from(JSON.stringify({ errors: [{ code, message: code.toLowerCase().replaceAll('_', ' ') }] }));
  answer(call, status, { 'content-type': 'application/json', ...headers }, body);
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

/** What a path is about: blob, upload, manifest, token, other. */
export function kindOf({ pathname }: URL): string {
  if (pathname.startsWith('/token')) return 'token';
  if (pathname.includes('/blobs/uploads/')) return 'upload';
  if (pathname.includes('/blobs/')) return 'blob';
  return pathname.includes('/manifests/') ? 'manifest' : 'other';
}
