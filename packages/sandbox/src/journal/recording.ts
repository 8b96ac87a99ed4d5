import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Service } from './entry.ts';

/** One exchange as it was on the wire, secrets and all: it is shown to nobody before those are cut. */
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
  /** The answer's head as it was sent; empty when none was. */
  readonly answerHead: string;
  readonly answerBody: TextChunks | undefined;
  readonly bytesOut: number;
  /** Milliseconds: until the body had arrived, from there to the answer's head, from there to its end. */
  readonly send: number;
  readonly wait: number;
  readonly receive: number;
  readonly faults: readonly string[];
}

/** A body in the pieces in which it came. */
export type TextChunks = readonly (Buffer | string)[];

/** A body is kept up to this length. */
const maxBodyBytes = 64 * 1024;
const textType = /^(text\/|application\/(json|x-www-form-urlencoded|[\w.+-]+\+json)\b)/i;

/** Watches one exchange; the returned function tells, at its end, what was seen. */
export function watchExchange(
  service: Service,
  request: IncomingMessage,
  response: ServerResponse,
): (number: number, faults: readonly string[]) => Recording {
  const time = Date.now();
  const started = performance.now();
  const { method = '', url: target = '', httpVersion, rawHeaders, socket } = request;
  // The APIs take JSON that does not say so; what the registry is sent without a type is a blob.
  const incoming = watchIncoming(request, service === 'registry' ? '' : 'application/json');
  const outgoing = watchOutgoing(response);
  return (number, faults) => {
    const ended = performance.now();
    const answered = outgoing.at ?? ended;
    // A head that was written may still be held back, by a fault.
    const isSent = outgoing.at !== undefined && response.headersSent;
    const arrived = Math.min(incoming.at ?? answered, answered);
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
      answerHead: isSent ? sentHead(response) : '',
      answerBody: outgoing.text,
      bytesOut: outgoing.bytes,
      send: arrived - started,
      wait: answered - arrived,
      receive: ended - answered,
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

/** What has been seen of a body. */
interface SeenBody {
  bytes: number;
  /** When a request's body had ended, or an answer begun. */
  at: number | undefined;
  text: (Buffer | string)[] | undefined;
}

/** Sees a request's body where the parser hands it over: a `data` listener would start the flow before its reader. */
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
        if (seen.bytes === 0 && isTextAnswer(response)) seen.text = [];
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
  // A copy: what the parser gives is a view of a whole read from the socket.
  else if (length > 0) seen.text?.push(typeof chunk === 'string' ? chunk : Buffer.from(chunk));
}

function isTextRequest({ headers }: IncomingMessage, defaultType: string): boolean {
  return headers['content-encoding'] === undefined && textType.test(headers['content-type'] ?? defaultType);
}

function isTextAnswer(response: ServerResponse): boolean {
  const type = /\r\ncontent-type: *([^\r]*)/i.exec(sentHead(response))?.[1] ?? response.getHeader('content-type');
  return typeof type === 'string' && textType.test(type);
}

/** Node offers what was set before `writeHead`, but not what it or `writeHead` added; the text that it sent has all. */
function sentHead(response: ServerResponse): string {
  return (response as unknown as { readonly _header: string | null })._header ?? '';
}
