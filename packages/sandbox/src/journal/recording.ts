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
  readonly requestBody: Buffer | undefined;
  readonly bytesIn: number;
  readonly status: number;
  /** The answer's head as it was sent; empty when none was. */
  readonly answerHead: string;
  readonly answerBody: Buffer | undefined;
  readonly bytesOut: number;
  readonly timings: { readonly send: number; readonly wait: number; readonly receive: number };
  readonly faults: readonly string[];
}

/** A body is kept up to this length. */
const maxBodyBytes = 64 * 1024;
const textType = /^(text\/|application\/(json|x-www-form-urlencoded|[\w.+-]+\+json)\b)/i;

/** Watches one exchange; the returned function tells, at its end, what was seen. */
export function watchExchange(
  service: Service,
  request: IncomingMessage,
  response: ServerResponse,
): (as: Pick<Recording, 'number' | 'faults'>) => Recording {
  const time = Date.now();
  const started = performance.now();
  const { method = '', url: target = '', httpVersion, rawHeaders, socket } = request;
  const connection = connectionNumber(socket);
  // The APIs take JSON that does not say so; what the registry is sent without a type is a blob.
  const incoming = watchIncoming(request, service === 'registry' ? '' : 'application/json');
  const outgoing = watchOutgoing(response);
  return ({ number, faults }) => {
    const ended = performance.now();
    const answered = outgoing.startedAt() ?? ended;
    const arrived = Math.min(incoming.endedAt() ?? answered, answered);
    return {
      number,
      service,
      time,
      connection,
      isEncrypted: 'encrypted' in socket,
      method,
      target,
      httpVersion,
      requestHeaders: rawHeaders,
      requestBody: incoming.body(),
      bytesIn: incoming.bytes(),
      status: response.headersSent ? response.statusCode : 0,
      answerHead: response.headersSent ? sentHead(response) : '',
      answerBody: outgoing.body(),
      bytesOut: outgoing.bytes(),
      timings: { send: arrived - started, wait: answered - arrived, receive: ended - answered },
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

/** Sees a request's body where the parser hands it over: a `data` listener would start the flow before its reader. */
function watchIncoming(request: IncomingMessage, defaultType: string) {
  let bytes = 0;
  let endedAt: number | undefined;
  const { 'content-type': type = defaultType, 'content-encoding': encoding } = request.headers;
  const kept = keepText(() => type, encoding);
  const push = request.push.bind(request);
  request.push = (chunk: Buffer | null, encoding?: BufferEncoding) => {
    if (chunk === null) endedAt ??= performance.now();
    else {
      bytes += chunk.length;
      kept.add(chunk);
    }
    return push(chunk, encoding);
  };
  return { bytes: () => bytes, endedAt: () => endedAt, body: kept.body };
}

function watchOutgoing(response: ServerResponse) {
  let bytes = 0;
  let startedAt: number | undefined;
  const kept = keepText(() => sentHeader(response, 'content-type') ?? '');
  for (const method of ['write', 'end'] as const) {
    const original = response[method].bind(response) as (...args: unknown[]) => never;
    response[method] = (...args: unknown[]) => {
      startedAt ??= performance.now();
      const [chunk, encoding] = args;
      if (typeof chunk === 'string') {
        bytes += Buffer.byteLength(chunk, encoding as BufferEncoding | undefined);
        kept.add(chunk, encoding);
      } else if (chunk instanceof Uint8Array) {
        bytes += chunk.byteLength;
        kept.add(chunk);
      }
      return original(...args);
    };
  }
  const flushHeaders = response.flushHeaders.bind(response);
  response.flushHeaders = () => {
    startedAt ??= performance.now();
    flushHeaders();
  };
  return { bytes: () => bytes, startedAt: () => startedAt, body: kept.body };
}

/** Keeps a body that is short text; its type is asked for at its first byte, and nothing else is copied. */
function keepText(type: () => string, encoding = 'identity') {
  let chunks: Buffer[] | undefined;
  let bytes = 0;
  return {
    add(chunk: string | Uint8Array, charset?: unknown) {
      if (chunk.length === 0) return;
      if (bytes === 0 && encoding === 'identity' && textType.test(type())) chunks = [];
      bytes += chunk.length;
      if (bytes > maxBodyBytes) chunks = undefined;
      // A copy: what the parser gives is a view of a whole read from the socket.
      else chunks?.push(typeof chunk === 'string' ? Buffer.from(chunk, charset as BufferEncoding) : Buffer.from(chunk));
    },
    body: () => (chunks === undefined ? undefined : Buffer.concat(chunks)),
  };
}

/** Node offers what was set before `writeHead`, but not what it or `writeHead` added; the text that it sent has all. */
function sentHead(response: ServerResponse): string {
  return (response as unknown as { readonly _header: string | null })._header ?? '';
}

function sentHeader(response: ServerResponse, name: string): string | undefined {
  const text = new RegExp(`^${name}: *(.*)$`, 'im').exec(sentHead(response))?.[1];
  return text ?? (response.getHeader(name) as string | undefined);
}
