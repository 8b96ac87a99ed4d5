import { connect, type OutgoingHttpHeaders } from 'node:http2';
import type { Socket } from 'node:net';
import { bytesOf, numberField, numberOf, readFields, textOf } from '../docker/session/protobuf.ts';

/** Calls a method of the build's session. */
export type SessionCall = (path: string, message?: Buffer, more?: CallOptions) => Promise<SessionResponse>;

export interface CallOptions {
  readonly headers?: OutgoingHttpHeaders;
  /** Receives each message and returns the messages to send; undefined ends the call. Without it, one message is sent. */
  readonly converse?: (message: Buffer) => readonly Buffer[] | undefined;
}

export interface SessionResponse {
  readonly status: number;
  readonly messages: readonly Buffer[];
}

/** The context's files by path. */
export type ReceivedFiles = ReadonlyMap<string, { readonly content: string; readonly mode: number }>;

/** Creates a gRPC client on the engine's end of a session. */
export function createCaller(socket: Socket): SessionCall {
  const client = connect('http://localhost', { createConnection: () => socket, maxSendHeaderBlockLength: 2 ** 24 });
  client.on('error', () => undefined);
  return async (path, message = Buffer.alloc(0), { headers = {}, converse } = {}) => {
    const fixed = { ':method': 'POST', ':path': path, 'content-type': 'application/grpc' };
    const stream = client.request({ ...headers, ...fixed });
    let trailers: Readonly<Record<string, unknown>> = {};
    stream.on('trailers', (received) => (trailers = received));
    if (converse === undefined) stream.end(frame(message));
    const messages: Buffer[] = [];
    let rest = Buffer.alloc(0);
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      rest = Buffer.concat([rest, chunk]);
      while (rest.length >= 5 && rest.length >= 5 + rest.readUInt32BE(1)) {
        const received = rest.subarray(5, 5 + rest.readUInt32BE(1));
        rest = rest.subarray(5 + received.length);
        messages.push(received);
        const replies = converse?.(received) ?? [];
        for (const reply of replies) stream.write(frame(reply));
      }
    }
    stream.end();
    return { status: Number(trailers['grpc-status']), messages };
  };
}

function frame(message: Buffer): Buffer {
  const prefix = Buffer.alloc(5);
  prefix.writeUInt32BE(message.length, 1);
  return Buffer.concat([prefix, message]);
}

/** Go's file modes have more bits for everything that isn't a file. */
const maxFileMode = 0o777;

/** Receives a directory like BuildKit without an earlier build. */
export async function receiveFiles(call: SessionCall, headers: OutgoingHttpHeaders): Promise<ReceivedFiles> {
  const stats: { path: string; mode: number }[] = [];
  const contents = new Map<number, Buffer[]>();
  let open = 0;
  let listed = false;
  const finish = () => (listed && open === 0 ? [numberField(1, 3)] : []);
  const { status } = await call('/moby.filesync.v1.FileSync/DiffCopy', undefined, {
    headers,
    converse: (message) => {
      const packet = readFields(message);
      const id = numberOf(packet, 3);
      if (numberOf(packet, 1) === 2) {
        const [data] = bytesOf(packet, 4);
        if (data !== undefined) contents.get(id)!.push(data);
        else open -= 1;
        return finish();
      }
      if (numberOf(packet, 1) === 3) return undefined;
      const [stat] = bytesOf(packet, 2).map(readFields);
      if (stat === undefined) {
        listed = true;
        return finish();
      }
      const index = stats.push({ path: textOf(stat, 1), mode: numberOf(stat, 2) }) - 1;
      if (stats[index]!.mode > maxFileMode) return [];
      open += 1;
      contents.set(index, []);
      return [Buffer.concat([numberField(1, 1), numberField(3, index)])];
    },
  });
  if (status !== 0) return new Map();
  return new Map(
    [...contents].map(([index, chunks]) => {
      const { path, mode } = stats[index]!;
      return [path, { content: Buffer.concat(chunks).toString(), mode }];
    }),
  );
}
