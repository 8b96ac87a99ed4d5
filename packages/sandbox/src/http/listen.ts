import { createServer, type RequestListener, type Server, type ServerOptions } from 'node:http';
import type { AddressInfo, Server as NetServer } from 'node:net';
import type { Duplex } from 'node:stream';
import { SandboxError } from '../errors/sandbox-error.ts';

/** A server that listens on loopback. */
export interface LoopbackServer {
  readonly url: string;
  readonly port: number;
  /** Serves a connection accepted on another port. */
  accept(connection: Duplex): void;
  /** Closes every connection. Resolves when the port is free. */
  close(): Promise<void>;
}

export interface ListenOptions {
  /** What the port is for, used in errors. */
  readonly purpose: string;
  /** 0 for any free port. */
  readonly port: number;
  /** Time limit in milliseconds for receiving a request; 0 for none. */
  readonly requestTimeout: number;
  /** Time limit in milliseconds for receiving a request's head. Default: 60,000. */
  readonly headTimeout?: number | undefined;
}

/** Serves on 127.0.0.1 only. Rejects with PORT_TAKEN if another process listens there. */
export async function listen(listener: RequestListener, options: ListenOptions): Promise<LoopbackServer> {
  const server = createServer(timeLimits(options), listener);
  const port = await bindPort(server, options);
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    accept: (connection) => void server.emit('connection', connection),
    close: () => close(server),
  };
}

/** Returns a server's options. Without a limit for requests, Node has none for heads either. */
export function timeLimits({
  requestTimeout,
  headTimeout = 60_000,
}: Pick<ListenOptions, 'requestTimeout' | 'headTimeout'>): ServerOptions {
  return {
    requestTimeout,
    headersTimeout: requestTimeout === 0 ? headTimeout : Math.min(headTimeout, requestTimeout),
    connectionsCheckingInterval: Math.min(headTimeout / 2, 30_000),
    // Longer than clients keep idle connections: otherwise a request can meet the end of its connection.
    keepAliveTimeout: 90_000,
  };
}

/** Binds a server to 127.0.0.1 and returns its port. */
export async function bindPort(server: NetServer, options: Pick<ListenOptions, 'port' | 'purpose'>): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, '127.0.0.1', resolve);
  }).catch((error: NodeJS.ErrnoException) => {
    throw listenError(error, options);
  });
  return (server.address() as AddressInfo).port;
}

/** Rejects with PORT_TAKEN if another process listens on the port. */
export async function assertPortFree(options: Pick<ListenOptions, 'port' | 'purpose'>): Promise<void> {
  const server = createServer();
  await bindPort(server, options);
  await close(server);
}

function listenError(
  error: NodeJS.ErrnoException,
  { port, purpose }: Pick<ListenOptions, 'port' | 'purpose'>,
): SandboxError {
  if (error.code === 'EADDRINUSE') {
    return new SandboxError(
      'PORT_TAKEN',
      `127.0.0.1:${port}: PORT_TAKEN: another process is using the port. Choose another port for ${purpose}, or 0 for any free one.`,
      { cause: error },
    );
  }
  return new SandboxError(
    'OPTION_INVALID',
    `127.0.0.1:${port}: ${error.code ?? 'UNKNOWN'}: can't serve ${purpose} there. Choose a port from 1024 to 65535, or 0 for any free one.`,
    { cause: error },
  );
}

async function close(server: Server): Promise<void> {
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
