import { type IncomingHttpHeaders, performServerHandshake, type ServerHttp2Stream } from 'node:http2';
import type { Socket } from 'node:net';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { buffer } from 'node:stream/consumers';

/** @see https://grpc.io/docs/guides/status-codes/ */
export const grpcStatus = { ok: 0, notFound: 5, unimplemented: 12, internal: 13 } as const;

/** Ends a call with a status other than `ok`. The message goes to whoever called. */
export class CallFailed extends Error {
  override readonly name = 'CallFailed';
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

export interface Call {
  readonly headers: IncomingHttpHeaders;
  /** The caller's only message; of a stream none is read. */
  readonly message: () => Promise<Buffer>;
}

/** Answers a call with messages. What it throws ends the call: {@link CallFailed} with its status, all else as `internal`. */
export type Method = (call: Call) => AsyncIterable<Buffer>;

/**
 * Serves gRPC on a connection whose other end speaks first: `methods` by their path, as `/grpc.health.v1.Health/Check`. A
 * server made for this alone is larger than all that is needed of it here.
 * @see https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md
 * @returns what closes the connection
 */
export function serveGrpc(socket: Socket, methods: ReadonlyMap<string, Method>): () => void {
  const session = performServerHandshake(socket);
  // How a connection ends is told by the build that it served.
  session.on('error', () => socket.destroy());
  session.on('stream', (stream, headers) => {
    stream.on('error', () => undefined);
    void answer(stream, methods.get(String(headers[':path'])), headers);
  });
  return () => {
    session.destroy();
    socket.destroy();
  };
}

async function answer(
  stream: ServerHttp2Stream,
  method: Method | undefined,
  headers: IncomingHttpHeaders,
): Promise<void> {
  let outcome = new CallFailed(grpcStatus.ok, '');
  const call: Call = { headers, message: async () => unframed(await buffer(stream)) };
  stream.respond({ 'content-type': 'application/grpc' }, { waitForTrailers: true });
  stream.once('wantTrailers', () => {
    stream.sendTrailers({ 'grpc-status': outcome.status, 'grpc-message': encodeURIComponent(outcome.message) });
  });
  const frames = async function* () {
    try {
      for await (const message of (method ?? unknownMethod)(call)) yield framed(message);
    } catch (error) {
      outcome = error instanceof CallFailed ? error : new CallFailed(grpcStatus.internal, 'The client failed.');
    }
  };
  // A caller that has gone needs no answer.
  await pipeline(Readable.from(frames(), { objectMode: false }), stream).catch(() => undefined);
}

function unknownMethod(): never {
  throw new CallFailed(grpcStatus.unimplemented, 'This client does not offer it.');
}

const prefixLength = 5;

/** A message goes after a byte that says it is not compressed, and its length. */
function framed(message: Buffer): Buffer {
  const prefix = Buffer.alloc(prefixLength);
  prefix.writeUInt32BE(message.length, 1);
  return Buffer.concat([prefix, message]);
}

function unframed(bytes: Buffer): Buffer {
  if (bytes.length < prefixLength || bytes[0] !== 0 || bytes.readUInt32BE(1) !== bytes.length - prefixLength)
    throw new CallFailed(grpcStatus.internal, 'The call is not one message, or a compressed one.');
  return bytes.subarray(prefixLength);
}
