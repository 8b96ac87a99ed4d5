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
  /** Stops accepting, lets requests in progress finish for at most `grace` milliseconds, then cuts what is left. */
  stop(grace: number): Promise<void>;
}

/** Listens; rejects with the system's error when the port cannot be had. */
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
  // Longer than the 90 s for which Heroku's router keeps an idle connection: the router must be the one that closes.
  server.keepAliveTimeout = 95_000;
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => refuse(error, socket, sourceDigest));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    stop: async (grace) => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      // Node closes connections that are idle after a request, not those that browsers open in advance.
      for (const socket of sockets) if (socket.bytesRead === 0) socket.destroy();
      for (const response of inProgress) if (!response.headersSent) response.setHeader('connection', 'close');
      const timer = setTimeout(() => server.closeAllConnections(), grace);
      await closed;
      clearTimeout(timer);
    },
  };
}

const refusals: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
};

/** Answers what is not HTTP: no request was made of it that the app could answer. */
function refuse(error: NodeJS.ErrnoException, socket: Socket, sourceDigest: string | undefined): void {
  if (!socket.writable || error.code === 'ECONNRESET') return void socket.destroy();
  const headers = Object.entries({ ...sourceHeader(sourceDigest), connection: 'close', 'content-length': '0' });
  const lines = [`HTTP/1.1 ${refusals[error.code ?? ''] ?? '400 Bad Request'}`, ...headers.map((h) => h.join(': '))];
  socket.end(`${lines.join('\r\n')}\r\n\r\n`);
}
