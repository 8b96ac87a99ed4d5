import type { Duplex } from 'node:stream';
import { createServer, type Server, type Socket } from 'node:net';
import { createSecureContext, TLSSocket } from 'node:tls';
import { bindPort, type LoopbackServer, type ListenOptions } from '../http/listen.ts';

export interface SecurePortOptions extends Pick<ListenOptions, 'purpose' | 'port'> {
  /** In PEM. */
  readonly key: string;
  readonly cert: string;
  /** Takes the connection of a client that asked for this host name; empty when it named none. */
  readonly accept: (name: string, connection: Duplex) => void;
}

const handshakeWithinMs = 30_000;

/** A TLS port of 127.0.0.1 whose connections are handed on by the name that the client asks for (RFC 6066, 3). */
export async function securePort(options: SecurePortOptions): Promise<Pick<LoopbackServer, 'port' | 'close'>> {
  const secureContext = createSecureContext({ key: options.key, cert: options.cert });
  const connections = new Set<Socket>();
  const server = createServer((connection) => {
    connections.add(connection);
    connection.once('close', () => connections.delete(connection)).on('error', () => undefined);
    connection.setTimeout(handshakeWithinMs, () => connection.destroy());
    const secured = new TLSSocket(connection, { isServer: true, secureContext });
    // TLS has no reset of its own; it is the connection's.
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
