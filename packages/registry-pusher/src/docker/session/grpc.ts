import { type IncomingHttpHeaders, performServerHandshake, type ServerHttp2Stream } from 'node:http2';
import type { Socket } from 'node:net';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/** @see https://grpc.io/docs/guides/status-codes/ */
export const grpcStatus = { ok: 0, notFound: 5, unimplemented: 12, internal: 13 } as const;

/** Ends a call with a status other than `ok`. The caller receives the message. */
export class GrpcError extends Error {
  override readonly name = 'GrpcError';
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

export interface Call {
  readonly headers: IncomingHttpHeaders;
  /** Reads the caller's messages while they arrive. */
  readonly messages: () => AsyncIterable<Buffer>;
  /** Reads the caller's message of a unary call. */
  readonly readMessage: () => Promise<Buffer>;
}

/** Responds to a call with messages. A thrown {@link GrpcError} ends the call with its status, any other error with `internal`. */
export type Method = (call: Call) => AsyncIterable<Buffer>;

/** BuildKit names each path that a Dockerfile copies in a header. Node.js resets a call with more than 128. */
const headerLimits = { maxHeaderListPairs: 100_000, settings: { maxHeaderListSize: 16 * 1024 * 1024 } };

/**
 * Serves gRPC on a connection whose other end is the client. This subset is smaller than any gRPC library.
 * @see https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md
 * @param methods by path, such as `/grpc.health.v1.Health/Check`
 * @returns a function that closes the connection
 */
export function serveGrpc(socket: Socket, methods: ReadonlyMap<string, Method>): () => void {
  const session = performServerHandshake(socket, headerLimits);
  // The build reports a lost connection.
  session.on('error', () => socket.destroy());
  session.on('stream', (stream, headers) => {
    stream.on('error', () => undefined);
    void respond(stream, methods.get(String(headers[':path'])), headers);
  });
  return () => {
    session.destroy();
    socket.destroy();
  };
}

async function respond(
  stream: ServerHttp2Stream,
  method: Method | undefined,
  headers: IncomingHttpHeaders,
): Promise<void> {
  let outcome = new GrpcError(grpcStatus.ok, '');
  const messages = () => readMessages(stream);
  const call: Call = { headers, messages, readMessage: () => onlyMessage(messages()) };
  stream.respond({ 'content-type': 'application/grpc' }, { waitForTrailers: true });
  stream.once('wantTrailers', () => {
    stream.sendTrailers({ 'grpc-status': outcome.status, 'grpc-message': encodeURIComponent(outcome.message) });
  });
  const frames = async function* () {
    try {
      for await (const message of (method ?? unknownMethod)(call)) yield frame(message);
    } catch (error) {
      outcome = error instanceof GrpcError ? error : new GrpcError(grpcStatus.internal, 'The client failed.');
    }
  };
  // The caller may have closed the stream.
  await pipeline(Readable.from(frames(), { objectMode: false }), stream).catch(() => undefined);
}

function unknownMethod(): never {
  throw new GrpcError(grpcStatus.unimplemented, "This client doesn't implement the method.");
}

const prefixLength = 5;

/** Prefixes a message with the flag "not compressed" and its length. */
function frame(message: Buffer): Buffer {
  const prefix = Buffer.alloc(prefixLength);
  prefix.writeUInt32BE(message.length, 1);
  return Buffer.concat([prefix, message]);
}

const maxMessageLength = 4 * 1024 * 1024;

/** A method may stop reading and still respond: then the stream stays open. */
async function* readMessages(stream: ServerHttp2Stream): AsyncGenerator<Buffer> {
  let rest = Buffer.alloc(0);
  try {
    for await (const chunk of stream.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      rest = Buffer.concat([rest, chunk]);
      while (rest.length >= prefixLength) {
        const end = prefixLength + rest.readUInt32BE(1);
        if (rest[0] !== 0 || end > maxMessageLength)
          throw new GrpcError(grpcStatus.internal, 'Expected uncompressed messages of at most 4 MiB.');
        if (rest.length < end) break;
        yield rest.subarray(prefixLength, end);
        rest = rest.subarray(end);
      }
    }
  } catch (error) {
    if (error instanceof GrpcError) throw error;
    // BuildKit ends its calls like that when the build fails for another reason.
    throw new GrpcError(grpcStatus.internal, "The call's messages ended early.");
  }
  if (rest.length > 0) throw new GrpcError(grpcStatus.internal, "The call's last message is truncated.");
}

async function onlyMessage(messages: AsyncIterable<Buffer>): Promise<Buffer> {
  let only: Buffer | undefined;
  for await (const message of messages) {
    if (only !== undefined) throw new GrpcError(grpcStatus.internal, 'Expected one message.');
    only = message;
  }
  if (only === undefined) throw new GrpcError(grpcStatus.internal, 'Expected one message.');
  return only;
}
