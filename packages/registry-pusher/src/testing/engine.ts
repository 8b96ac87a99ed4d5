import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import { connect } from 'node:http2';
import type { Socket } from 'node:net';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { extract, pack } from 'tar-stream';
import { bytesOf, readFields } from '../docker/session/protobuf.ts';
import { type PushingTo, pushingTo, send } from './engine-push.ts';

/** What arrived with a build: its query, and the context's files by path. */
export interface SeenBuild {
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly files: ReadonlyMap<string, { readonly content: string; readonly mode: number }>;
}

export interface EngineScript {
  readonly apiVersion?: string;
  /** What a build prints: messages, or text as it is; without an end when the answer stays open. */
  readonly output?: readonly (object | string)[];
  /** The same from BuildKit, where that differs. */
  readonly outputOfBuildKit?: readonly (object | string)[];
  readonly staysOpen?: boolean;
  /** What `docker inspect` tells of the image beside what is usual. */
  readonly inspected?: object;
  /** What `docker push` does; without it the engine reaches no registry of this machine. */
  readonly push?: (to: PushingTo) => Promise<unknown>;
  /** What `docker save` gives. */
  readonly saved?: Buffer;
  /** Makes it an engine with BuildKit, which asks its session before it prints. */
  readonly ask?: (call: SessionCall) => Promise<void>;
  /** Happens before the context is asked for. */
  readonly beforeContext?: () => Promise<void>;
  /** Cuts the connection in the middle of this answer. */
  readonly cutAt?: 'build' | 'save';
}

/** Calls a method of the session that a build came with. */
export type SessionCall = (path: string, message?: Buffer) => Promise<SessionAnswer>;

export interface SessionAnswer {
  readonly status: number;
  readonly messages: readonly Buffer[];
}

const usual = { Os: 'linux', Architecture: 'amd64', Size: 1_000_000, RootFS: { Layers: [] } };

/** A Docker Engine on a unix socket, which answers by a script. */
export async function startEngine(socketPath: string, script: EngineScript) {
  const { apiVersion = '1.41', output = [], outputOfBuildKit = output, saved, ask, beforeContext, cutAt } = script;
  const builds: SeenBuild[] = [];
  const calls: string[] = [];
  const sockets = new Set<Socket>();
  const sessions = new Map<string, SessionCall>();
  const sessionHeaders: IncomingMessage['headersDistinct'][] = [];
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<unknown> => {
    const url = new URL(request.url!, 'http://engine');
    calls.push(`${request.method} ${url.pathname}`);
    if (url.pathname === '/version') return response.end(JSON.stringify({ ApiVersion: apiVersion, Version: '20.10' }));
    if (url.pathname === '/build') {
      const call = sessions.get(url.searchParams.get('session') ?? '');
      await beforeContext?.();
      const context = call === undefined ? request : await contextFrom(call);
      builds.push({ query: url.searchParams, headers: request.headers, files: await readContext(context) });
      if (ask !== undefined && call !== undefined) await ask(call);
      const parts = call === undefined ? output : outputOfBuildKit;
      for (const part of parts) response.write(typeof part === 'string' ? part : `${JSON.stringify(part)}\n`);
      if (cutAt === 'build') return setImmediate(() => request.socket.destroy());
      return script.staysOpen || response.end();
    }
    if (url.pathname.endsWith('/json') && url.pathname.startsWith('/images/'))
      return response.end(JSON.stringify({ ...usual, ...script.inspected }));
    if (url.pathname.endsWith('/tag')) return response.writeHead(201).end();
    const asked = /^\/distribution\/(?<image>.+)\/json$/.exec(url.pathname)?.groups?.['image'];
    if (asked !== undefined && script.push !== undefined) {
      const to = pushingTo(asked, request.headers);
      const { status } = await send(to, 'GET', `/v2/${to.repository}/manifests/${to.tag}`);
      return response.writeHead(status).end('{"message":"manifest unknown"}');
    }
    const pushed = /^\/images\/(?<image>.+)\/push$/.exec(url.pathname)?.groups?.['image'];
    if (pushed !== undefined) {
      const to = pushingTo(`${pushed}:${url.searchParams.get('tag')}`, request.headers);
      const failure = await script.push?.(to).then(
        () => ({ status: 'pushed' }),
        ({ message }: Error) => ({ errorDetail: { message }, error: message }),
      );
      return response.end(`{"status":"Preparing"}\n${JSON.stringify(failure)}\n`);
    }
    if (url.pathname.endsWith('/get') && cutAt === 'save')
      return response.write(saved?.subarray(0, 1000) ?? '', () => request.socket.destroy());
    if (url.pathname.endsWith('/get') && saved !== undefined) return response.end(saved);
    if (url.pathname.endsWith('/get')) return response.writeHead(404).end('{"message":"No such image"}');
    if (request.method === 'DELETE') return response.end('[]');
    return response.writeHead(404).end('{"message":"page not found"}');
  };
  const server = createServer((request, response) => {
    void answer(request, response);
  });
  if (ask !== undefined)
    server.on('upgrade', (request: IncomingMessage, socket: Socket) => {
      calls.push(`${request.method} ${request.url}`);
      sessionHeaders.push(request.headersDistinct);
      socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n');
      sessions.set(String(request.headers['x-docker-expose-session-uuid']), callerOn(socket));
    });
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(socketPath, resolve));
  return {
    builds,
    calls,
    /** What sessions said of themselves. */
    sessionHeaders,
    /** Connections that are open now. */
    sockets,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** The engine's end of a session: a gRPC client. */
function callerOn(socket: Socket): SessionCall {
  const client = connect('http://localhost', { createConnection: () => socket });
  client.on('error', () => undefined);
  return async (path, message = Buffer.alloc(0)) => {
    const stream = client.request({ ':method': 'POST', ':path': path, 'content-type': 'application/grpc' });
    let trailers: Readonly<Record<string, unknown>> = {};
    stream.on('trailers', (headers) => (trailers = headers));
    stream.end(framed(message));
    const bytes = await buffer(stream);
    return { status: Number(trailers['grpc-status']), messages: unframed(bytes) };
  };
}

function framed(message: Buffer): Buffer {
  const prefix = Buffer.alloc(5);
  prefix.writeUInt32BE(message.length, 1);
  return Buffer.concat([prefix, message]);
}

function unframed(bytes: Buffer): Buffer[] {
  const messages: Buffer[] = [];
  for (let at = 0; at < bytes.length;) {
    const length = bytes.readUInt32BE(at + 1);
    messages.push(bytes.subarray(at + 5, at + 5 + length));
    at += 5 + length;
  }
  return messages;
}

/** A context that cannot be given is an empty one. */
async function contextFrom(call: SessionCall): Promise<Readable> {
  const { status, messages } = await call('/moby.upload.v1.Upload/Pull');
  const chunks = messages.flatMap((message) => bytesOf(readFields(message), 1));
  return Readable.from(status === 0 ? [Buffer.concat(chunks)] : []);
}

async function readContext(request: Readable): Promise<SeenBuild['files']> {
  const files = new Map<string, { content: string; mode: number }>();
  for await (const entry of request.pipe(extract())) {
    const content = await buffer(entry);
    if (entry.header.type === 'file')
      files.set(entry.header.name, { content: content.toString(), mode: entry.header.mode ?? 0 });
  }
  return files;
}

/** A tar file of these files, always the same; a value that starts with `->` makes a link. */
export async function tarFile(files: Readonly<Record<string, string | Buffer>>): Promise<Buffer> {
  const tar = pack();
  const mtime = new Date(0);
  for (const [name, content] of Object.entries(files)) {
    if (typeof content === 'string' && content.startsWith('->'))
      tar.entry({ name, mtime, type: 'symlink', linkname: content.slice(2) });
    else tar.entry({ name, mtime }, content);
  }
  tar.finalize();
  return buffer(tar);
}
