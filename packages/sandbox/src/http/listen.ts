import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo, Server as NetServer } from 'node:net';
import type { Duplex } from 'node:stream';
import { SandboxError } from '../errors/sandbox-error.ts';

/** A server on loopback. */
export interface Listening {
  readonly url: string;
  readonly port: number;
  /** Serves a connection that came in elsewhere. */
  accept(connection: Duplex): void;
  /** Cuts every connection and resolves once the port is free. */
  close(): Promise<void>;
}

export interface ListenOptions {
  /** What the port is for, as an error names it. */
  readonly purpose: string;
  /** 0 for any free port. */
  readonly port: number;
  /** How long a request's arrival may take, in milliseconds; 0 for as long as it likes. */
  readonly requestTimeout: number;
}

/** Serves on 127.0.0.1 and nowhere else. Rejects with PORT_TAKEN when somebody listens there already. */
export async function listen(listener: RequestListener, options: ListenOptions): Promise<Listening> {
  const server = createServer({ requestTimeout: options.requestTimeout }, listener);
  const port = await boundPort(server, options);
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    accept: (connection) => void server.emit('connection', connection),
    close: () => close(server),
  };
}

/** Binds a server to 127.0.0.1; its port. */
export async function boundPort(server: NetServer, options: Pick<ListenOptions, 'port' | 'purpose'>): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, '127.0.0.1', resolve);
  }).catch((error: NodeJS.ErrnoException) => {
    throw listenError(error, options);
  });
  return (server.address() as AddressInfo).port;
}

function listenError(
  error: NodeJS.ErrnoException,
  { port, purpose }: Pick<ListenOptions, 'port' | 'purpose'>,
): SandboxError {
  if (error.code === 'EADDRINUSE') {
    return new SandboxError(
      'PORT_TAKEN',
      `127.0.0.1:${port}: PORT_TAKEN: another process listens there already. Choose another port for ${purpose}, or 0 for any.`,
      { cause: error },
    );
  }
  return new SandboxError(
    'OPTION_INVALID',
    `127.0.0.1:${port}: ${error.code ?? 'UNKNOWN'}: ${purpose} cannot be served there. Choose a port from 1024 to 65535, or 0 for any.`,
    { cause: error },
  );
}

async function close(server: Server): Promise<void> {
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
