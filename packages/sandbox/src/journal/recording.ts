import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Service } from './entry.ts';

/** An exchange as sent, secrets included. Never show it before they are redacted. */
export interface Recording {
  readonly number: number;
  readonly service: Service;
  /** Milliseconds since 1970. */
  readonly time: number;
  readonly connection: number;
  readonly isEncrypted: boolean;
  readonly method: string;
  readonly target: string;
  readonly httpVersion: string;
  /** Name, value, name, value, … */
  readonly requestHeaders: readonly string[];
  readonly requestBody: TextChunks | undefined;
  readonly bytesIn: number;
  readonly status: number;
  /** The response's head as sent, or empty. */
  readonly responseHead: string;
  readonly responseBody: TextChunks | undefined;
  readonly bytesOut: number;
  /** Milliseconds to the end of the request's body, then to the response's head, then to the response's end. */
  readonly send: number;
  readonly wait: number;
  readonly receive: number;
  readonly faults: readonly string[];
}

/** A body in the chunks received. */
export type TextChunks = readonly (Buffer | string)[];

/** Longer bodies aren't recorded. */
const maxBodyBytes = 64 * 1024;
const textType = /^(text\/|application\/(json|x-www-form-urlencoded|[\w.+-]+\+json)\b)/i;

/** Watches an exchange. The returned function returns the recording at its end. */
export function watchExchange(
  service: Service,
  request: IncomingMessage,
  response: ServerResponse,
): (number: number, faults: readonly string[]) => Recording {
  const time = Date.now();
  const started = performance.now();
  const { method = '', url: target = '', httpVersion, rawHeaders, socket } = request;
  // Without a content type, the APIs assume JSON and the registry a blob.
  const incoming = watchIncoming(request, service === 'registry' ? '' : 'application/json');
  const outgoing = watchOutgoing(response);
  return (number, faults) => {
    const ended = performance.now();
    const responded = outgoing.at ?? ended;
    // A fault may still hold back a head that was written.
    const isSent = outgoing.at !== undefined && response.headersSent;
    const arrived = Math.min(incoming.at ?? responded, responded);
    return {
      number,
      service,
      time,
      connection: connectionNumber(socket),
      isEncrypted: 'encrypted' in socket,
      method,
      target,
      httpVersion,
      requestHeaders: rawHeaders,
      requestBody: incoming.text,
      bytesIn: incoming.bytes,
      status: isSent ? response.statusCode : 0,
      responseHead: isSent ? sentHead(response) : '',
      responseBody: outgoing.text,
      bytesOut: outgoing.bytes,
      send: arrived - started,
      wait: responded - arrived,
      receive: ended - responded,
      faults,
    };
  };
}

const connectionNumbers = new WeakMap<Socket, number>();
let lastConnection = 0;

function connectionNumber(socket: Socket): number {
  let number = connectionNumbers.get(socket);
  if (number === undefined) connectionNumbers.set(socket, (number = ++lastConnection));
  return number;
}

/** What was seen of a body. */
interface SeenBody {
  bytes: number;
  /** When a request's body ended or a response began. */
  at: number | undefined;
  text: (Buffer | string)[] | undefined;
}

/** Wraps `push` because a `data` listener would start the flow before the body has a reader. */
function watchIncoming(request: IncomingMessage, defaultType: string): SeenBody {
  const seen: SeenBody = { bytes: 0, at: undefined, text: undefined };
  const push = request.push.bind(request);
  request.push = (chunk: Buffer | null, encoding?: BufferEncoding) => {
    if (chunk === null) seen.at ??= performance.now();
    else {
      if (seen.bytes === 0 && isTextRequest(request, defaultType)) seen.text = [];
      addTo(seen, chunk, chunk.length);
    }
    return push(chunk, encoding);
  };
  return seen;
}

function watchOutgoing(response: ServerResponse): SeenBody {
  const seen: SeenBody = { bytes: 0, at: undefined, text: undefined };
  for (const method of ['write', 'end'] as const) {
    const original = response[method] as (...args: unknown[]) => never;
    response[method] = (...args: unknown[]) => {
      seen.at ??= performance.now();
      const [chunk, encoding] = args;
      if (typeof chunk === 'string' || chunk instanceof Uint8Array) {
        if (seen.bytes === 0 && isTextResponse(response)) seen.text = [];
        addTo(seen, chunk, Buffer.byteLength(chunk, encoding as BufferEncoding | undefined));
      }
      return original.apply(response, args);
    };
  }
  const flushHeaders = response.flushHeaders.bind(response);
  response.flushHeaders = () => {
    seen.at ??= performance.now();
    flushHeaders();
  };
  return seen;
}

function addTo(seen: SeenBody, chunk: string | Uint8Array, length: number): void {
  seen.bytes += length;
  if (seen.bytes > maxBodyBytes) seen.text = undefined;
  // Copied because the parser's chunk keeps a whole socket read in memory.
  else if (length > 0) seen.text?.push(typeof chunk === 'string' ? chunk : Buffer.from(chunk));
}

function isTextRequest({ headers }: IncomingMessage, defaultType: string): boolean {
  return headers['content-encoding'] === undefined && textType.test(headers['content-type'] ?? defaultType);
}

function isTextResponse(response: ServerResponse): boolean {
  const type = /\r\ncontent-type: *([^\r]*)/i.exec(sentHead(response))?.[1] ?? response.getHeader('content-type');
  return typeof type === 'string' && textType.test(type);
}

/** Returns the head as sent. Node's API lacks the headers that `writeHead` and Node itself add. */
function sentHead(response: ServerResponse): string {
  return (response as unknown as { readonly _header: string | null })._header ?? '';
}
