import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { extract } from 'tar-stream';
import { type PushTarget, pushTargetOf, send } from './engine-push.ts';
import { createCaller, type ReceivedFiles, receiveFiles, type SessionCall } from './engine-session.ts';

/** A build request: its query, and the context's files by path. */
export interface ReceivedBuild {
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly files: ReceivedFiles;
}

export interface EngineScript {
  readonly apiVersion?: string;
  /** The output of a build: messages, or raw text. */
  readonly output?: readonly (object | string)[];
  /** Leaves the response open after the output. */
  readonly staysOpen?: boolean;
  /** Overrides for the response of `docker inspect`. */
  readonly inspected?: object;
  /** Implements `docker push`. Without it, the engine can't reach registries on this machine. */
  readonly push?: (to: PushTarget) => Promise<unknown>;
  /** The output of `docker save`. */
  readonly saved?: Buffer;
  /** Makes it an engine with BuildKit, and calls the session before the output. */
  readonly onSession?: (call: SessionCall) => Promise<void>;
  /** Called before the engine requests the context. */
  readonly beforeContext?: () => Promise<void>;
  /** Closes the connection in the middle of this response. */
  readonly cutAt?: 'build' | 'save';
}

const defaultInspection = { Os: 'linux', Architecture: 'amd64', Size: 1_000_000, RootFS: { Layers: [] } };

/** Starts a scripted Docker Engine on a Unix socket. */
export async function startEngine(socketPath: string, script: EngineScript) {
  const { apiVersion = '1.41', output = [], saved, onSession, beforeContext, cutAt } = script;
  const builds: ReceivedBuild[] = [];
  const calls: string[] = [];
  const sockets = new Set<Socket>();
  const sessions = new Map<string, SessionCall>();
  const sessionHeaders: IncomingMessage['headersDistinct'][] = [];
  const respond = async (request: IncomingMessage, response: ServerResponse): Promise<unknown> => {
    const url = new URL(request.url!, 'http://engine');
    calls.push(`${request.method} ${url.pathname}`);
    if (url.pathname === '/version') return response.end(JSON.stringify({ ApiVersion: apiVersion, Version: '20.10' }));
    if (url.pathname === '/build') {
      const call = sessions.get(url.searchParams.get('session') ?? '');
      await beforeContext?.();
      const files = call === undefined ? await readContext(request) : await syncContext(call);
      builds.push({ query: url.searchParams, headers: request.headers, files });
      if (call !== undefined) await onSession?.(call);
      for (const part of output) response.write(typeof part === 'string' ? part : `${JSON.stringify(part)}\n`);
      if (cutAt === 'build') return setImmediate(() => request.socket.destroy());
      return script.staysOpen || response.end();
    }
    if (url.pathname.endsWith('/json') && url.pathname.startsWith('/images/'))
      return response.end(JSON.stringify({ ...defaultInspection, ...script.inspected }));
    if (url.pathname.endsWith('/tag')) return response.writeHead(201).end();
    const probed = /^\/distribution\/(?<image>.+)\/json$/.exec(url.pathname)?.groups?.['image'];
    if (probed !== undefined && script.push !== undefined) {
      const to = pushTargetOf(probed, request.headers);
      const { status } = await send(to, 'GET', `/v2/${to.repository}/manifests/${to.tag}`);
      return response.writeHead(status).end('{"message":"manifest unknown"}');
    }
    const pushed = /^\/images\/(?<image>.+)\/push$/.exec(url.pathname)?.groups?.['image'];
    if (pushed !== undefined) {
      const to = pushTargetOf(`${pushed}:${url.searchParams.get('tag')}`, request.headers);
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
    void respond(request, response);
  });
  if (onSession !== undefined)
    server.on('upgrade', (request: IncomingMessage, socket: Socket) => {
      calls.push(`${request.method} ${request.url}`);
      sessionHeaders.push(request.headersDistinct);
      socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n');
      sessions.set(String(request.headers['x-docker-expose-session-uuid']), createCaller(socket));
    });
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(socketPath, resolve));
  return {
    builds,
    calls,
    /** The headers of session requests. */
    sessionHeaders,
    /** Open connections. */
    sockets,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Requests the same directories as BuildKit. */
async function syncContext(call: SessionCall): Promise<ReceivedFiles> {
  const dockerfile = await receiveFiles(call, { 'dir-name': 'dockerfile' });
  const ignored = await receiveFiles(call, { 'dir-name': 'context', followpaths: '.dockerignore' });
  const context = await receiveFiles(call, { 'dir-name': 'context' });
  return new Map([...ignored, ...dockerfile, ...context]);
}

async function readContext(request: Readable): Promise<ReceivedFiles> {
  const files = new Map<string, { content: string; mode: number }>();
  for await (const entry of request.pipe(extract())) {
    const content = await buffer(entry);
    if (entry.header.type === 'file')
      files.set(entry.header.name, { content: content.toString(), mode: entry.header.mode ?? 0 });
  }
  return files;
}
