import { createServer, type Server } from 'node:http';
import type { Service } from '../journal/journal.ts';
import type { LoopbackServer } from '../http/listen.ts';
import { realNames } from './real-names.ts';
import { openSecurePort } from './secure-port.ts';
import type { LocalCertificate } from './local-certificate.ts';

/** The services over TLS. The host name that a client requests (SNI) selects the service. */
export interface SandboxTls<S extends Service = Service> {
  /** The port on 127.0.0.1. */
  readonly port: number;
  /** Host names that must resolve to 127.0.0.1. */
  readonly names: Readonly<Record<S, readonly string[]>>;
  /**
   * A PEM file in the state directory with the authority to trust. Each start creates a new one, valid for seven days,
   * whose key is never stored.
   */
  readonly caFile: string;
}

/** How to serve the real names. */
export interface RealNamesOptions {
  /** 0 for any free port. */
  readonly port: number;
  readonly caFile: string;
  readonly certificate: LocalCertificate;
}

/** Serves these servers over TLS under their real host names on one more port. */
export async function serveRealNames<S extends Service>(
  servers: ReadonlyMap<S, LoopbackServer>,
  { port, caFile, certificate }: RealNamesOptions,
): Promise<{ readonly address: SandboxTls<S>; close(): Promise<void> }> {
  const entries = [...servers].flatMap(([service, server]) =>
    realNames[service].map((name) => [name, server] as const),
  );
  const byName = new Map(entries);
  const { cert, key } = certificate();
  const misdirected = createMisdirectedServer([...byName.keys()]);
  const secure = await openSecurePort({
    purpose: 'tls',
    port,
    cert,
    key,
    accept(name, connection) {
      const server = byName.get(name);
      if (server) server.accept(connection);
      else misdirected.emit('connection', connection);
    },
  });
  const names = Object.fromEntries([...servers.keys()].map((service) => [service, realNames[service]]));
  return {
    address: { port: secure.port, names: names as SandboxTls<S>['names'], caFile },
    close: () => secure.close(),
  };
}

/** Responds to requests for other names, or none, with the names served (RFC 9110, 15.5.20). */
function createMisdirectedServer(names: readonly string[]): Server {
  return createServer((request, response) => {
    request.resume();
    response.writeHead(421, { 'content-type': 'text/plain' }).end(`This port serves ${names.join(', ')}.\n`);
  });
}
