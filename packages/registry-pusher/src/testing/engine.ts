import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { extract, pack } from 'tar-stream';

/** What arrived with a build: its query, and the context's files by path. */
export interface SeenBuild {
  readonly query: URLSearchParams;
  readonly files: ReadonlyMap<string, { readonly content: string; readonly mode: number }>;
}

export interface EngineScript {
  readonly apiVersion?: string;
  /** What a build prints: messages, or text as it is; without an end when the answer stays open. */
  readonly output?: readonly (object | string)[];
  readonly staysOpen?: boolean;
  /** What `docker save` gives. */
  readonly saved?: Buffer;
}

/** A Docker Engine without BuildKit on a unix socket, which answers by a script. */
export async function startEngine(
  socketPath: string,
  { apiVersion = '1.41', output = [], staysOpen = false, saved }: EngineScript,
) {
  const builds: SeenBuild[] = [];
  const calls: string[] = [];
  const sockets = new Set<Socket>();
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<unknown> => {
    const url = new URL(request.url!, 'http://engine');
    calls.push(`${request.method} ${url.pathname}`);
    if (url.pathname === '/version') return response.end(JSON.stringify({ ApiVersion: apiVersion, Version: '20.10' }));
    if (url.pathname === '/build') {
      builds.push({ query: url.searchParams, files: await readContext(request) });
      for (const part of output) response.write(typeof part === 'string' ? part : `${JSON.stringify(part)}\n`);
      return staysOpen || response.end();
    }
    if (url.pathname.endsWith('/get')) return response.end(saved);
    if (request.method === 'DELETE') return response.end('[]');
    return response.writeHead(404).end('{"message":"page not found"}');
  };
  const server = createServer((request, response) => {
    void answer(request, response);
  });
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(socketPath, resolve));
  return {
    builds,
    calls,
    /** Connections that are open now. */
    sockets,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function readContext(request: IncomingMessage): Promise<SeenBuild['files']> {
  const files = new Map<string, { content: string; mode: number }>();
  for await (const entry of request.pipe(extract())) {
    const content = await buffer(entry);
    if (entry.header.type === 'file')
      files.set(entry.header.name, { content: content.toString(), mode: entry.header.mode ?? 0 });
  }
  return files;
}

/** A tar file of these files; a value that starts with `->` makes a link. */
export async function tarFile(files: Readonly<Record<string, string | Buffer>>): Promise<Buffer> {
  const tar = pack();
  for (const [name, content] of Object.entries(files)) {
    if (typeof content === 'string' && content.startsWith('->'))
      tar.entry({ name, type: 'symlink', linkname: content.slice(2) });
    else tar.entry({ name }, content);
  }
  tar.finalize();
  return buffer(tar);
}
