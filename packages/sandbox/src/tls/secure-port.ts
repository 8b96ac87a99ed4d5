import type { Duplex } from 'node:stream';
import { createServer, type Server, type Socket } from 'node:net';
import { createSecureContext, TLSSocket } from 'node:tls';
import { bindPort, type LoopbackServer, type ListenOptions } from '../http/listen.ts';

export interface SecurePortOptions extends Pick<ListenOptions, 'purpose' | 'port'> {
  /** PEM. */
  readonly key: string;
  readonly cert: string;
  /** Receives a connection and the host name that the client requested (SNI), or an empty string. */
  readonly accept: (name: string, connection: Duplex) => void;
}

const handshakeTimeoutMs = 30_000;

/** Opens a TLS port on 127.0.0.1 that dispatches connections by the requested host name (SNI; RFC 6066, 3). */
export async function openSecurePort(options: SecurePortOptions): Promise<Pick<LoopbackServer, 'port' | 'close'>> {
  const secureContext = createSecureContext({ key: options.key, cert: options.cert });
  const connections = new Set<Socket>();
  const server = createServer((connection) => {
    connections.add(connection);
    connection.once('close', () => connections.delete(connection)).on('error', () => undefined);
    connection.setTimeout(handshakeTimeoutMs, () => connection.destroy());
    const secured = new TLSSocket(connection, { isServer: true, secureContext });
    // TLS has no reset; only the TCP connection does.
    secured.resetAndDestroy = () => {
      connection.resetAndDestroy();
      return secured;
    };
    secured.on('error', () => connection.destroy());
    secured.once('secure', () => {
      connection.setTimeout(0);
      options.accept((secured.servername || '').toLowerCase(), secured);
    });
  });
  const port = await bindPort(server, options);
  return { port, close: () => close(server, connections) };
}

async function close(server: Server, connections: Iterable<Socket>): Promise<void> {
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
    for (const connection of connections) connection.destroy();
  });
}
