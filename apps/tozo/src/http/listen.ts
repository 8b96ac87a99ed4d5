import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { type App, sourceHeader } from './app.ts';

export interface ListenOptions {
  readonly port: number;
  readonly host: string;
  readonly sourceDigest?: string;
  readonly log: (line: string) => void;
}

export interface RunningServer {
  readonly port: number;
  /** Stops accepting connections. Requests in progress get `grace` milliseconds before their connections are closed. */
  stop(grace: number): Promise<void>;
}

/** Starts listening. Rejects with the system's error if the port is unavailable. */
export async function listen(app: App, { port, host, sourceDigest, log }: ListenOptions): Promise<RunningServer> {
  const inProgress = new Set<ServerResponse>();
  const server = createServer({ requestTimeout: 15_000, headersTimeout: 10_000 }, (request, response) => {
    inProgress.add(response);
    response.once('close', () => inProgress.delete(response));
    app(request, response).catch((error: unknown) => {
      if (!request.destroyed) log(`${request.method} ${request.url}: ${String(error)}`);
      response.destroy();
    });
  });
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  // Longer than the 90 s for which Heroku's router keeps an idle connection, because the router must close it first.
  server.keepAliveTimeout = 95_000;
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) =>
    rejectConnection(error, socket, sourceDigest),
  );
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    stop: async (grace) => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      // Node closes connections that are idle after a request, but not those that browsers open in advance.
      for (const socket of sockets) if (socket.bytesRead === 0) socket.destroy();
      for (const response of inProgress) if (!response.headersSent) response.setHeader('connection', 'close');
      const timer = setTimeout(() => server.closeAllConnections(), grace);
      await closed;
      clearTimeout(timer);
    },
  };
}

const statusLines: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
};

/** Responds to bytes that aren't a valid request, which the app never sees. */
function rejectConnection(error: NodeJS.ErrnoException, socket: Socket, sourceDigest: string | undefined): void {
  if (!socket.writable || error.code === 'ECONNRESET') return void socket.destroy();
  const headers = Object.entries({ ...sourceHeader(sourceDigest), connection: 'close', 'content-length': '0' });
  const lines = [`HTTP/1.1 ${statusLines[error.code ?? ''] ?? '400 Bad Request'}`, ...headers.map((h) => h.join(': '))];
  socket.end(`${lines.join('\r\n')}\r\n\r\n`);
}
