import { writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { Service } from '../journal/journal.ts';
import type { LoopbackServer } from '../http/listen.ts';
import { realNames } from './real-names.ts';
import { securePort } from './secure-port.ts';
import { issue } from './ephemeral-authority.ts';

/** Where the services answer by TLS. The name that a client asks for (SNI) decides which one it gets. */
export interface SandboxTls<S extends Service = Service> {
  /** Of 127.0.0.1. */
  readonly port: number;
  /** Host names that have to lead to 127.0.0.1. */
  readonly names: Readonly<Record<S, readonly string[]>>;
  /**
   * PEM file, in the state folder, of the authority to trust. It is made anew at each start, valid for seven days, and its
   * key is forgotten as soon as it has signed.
   */
  readonly caFile: string;
}

/** Serves these servers under their real names on one more port, and writes the authority to trust into `caFile`. */
export async function serveRealNames<S extends Service>(
  servers: ReadonlyMap<S, LoopbackServer>,
  { port, caFile }: { readonly port: number; readonly caFile: string },
): Promise<{ readonly address: SandboxTls<S>; close(): Promise<void> }> {
  const entries = [...servers].flatMap(([service, server]) =>
    realNames[service].map((name) => [name, server] as const),
  );
  const byName = new Map(entries);
  const { ca, cert, key } = issue([...byName.keys()]);
  const guide = signpost([...byName.keys()]);
  const secure = await securePort({
    purpose: 'tls',
    port,
    cert,
    key,
    accept(name, connection) {
      const server = byName.get(name);
      if (server) server.accept(connection);
      else guide.emit('connection', connection);
    },
  });
  writeFileSync(caFile, ca, { mode: 0o600 });
  const names = Object.fromEntries([...servers.keys()].map((service) => [service, realNames[service]]));
  return {
    address: { port: secure.port, names: names as SandboxTls<S>['names'], caFile },
    close: () => secure.close(),
  };
}

/** Tells those who ask for no name, or another one, which names are served (RFC 9110, 15.5.20). */
function signpost(names: readonly string[]): Server {
  return createServer((request, response) => {
    request.resume();
    response.writeHead(421, { 'content-type': 'text/plain' }).end(`Ask this port for ${names.join(', ')}.\n`);
  });
}
