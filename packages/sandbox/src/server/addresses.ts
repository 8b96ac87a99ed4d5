import type { RequestListener } from 'node:http';
import type { Service } from '../journal/journal.ts';
import { listen, type LoopbackServer } from '../http/listen.ts';
import type { RealNamesOptions, SandboxTls } from '../tls/serve-real-names.ts';
import type { SandboxUrls } from './sandbox.ts';

export interface AddressesOptions<S extends Service> {
  /** 0, the default, for any free port. */
  readonly ports?: Partial<Readonly<Record<S, number>>>;
  /** Time limit in milliseconds for receiving a request's head. */
  readonly headTimeout?: number | undefined;
  /** One more port that serves all services under their real host names. */
  readonly tls?: RealNamesOptions;
}

/** The services' addresses on this machine. */
export interface Addresses<S extends Service> {
  readonly urls: SandboxUrls<S>;
  readonly tls: SandboxTls<S> | undefined;
  /** Closes every connection and frees the ports. */
  close(): Promise<void>;
}

/** Time limits for receiving a request. The registry has its own because an upload may take long. */
const requestTimeouts: Readonly<Record<Service, number>> = { heroku: 60_000, registry: 0, hub: 0, gitlab: 60_000 };

/** Serves each service on its own port of 127.0.0.1. Rejects with PORT_TAKEN or OPTION_INVALID and leaves no port open. */
export async function openAddresses<S extends Service>(
  listeners: ReadonlyMap<S, RequestListener>,
  { ports, tls, headTimeout }: AddressesOptions<S>,
): Promise<Addresses<S>> {
  const servers = new Map<S, LoopbackServer>();
  const open: Pick<LoopbackServer, 'close'>[] = [];
  const close = async () => void (await Promise.all(open.map((server) => server.close())));
  try {
    for (const [service, listener] of listeners) {
      const port = ports?.[service] ?? 0;
      const requestTimeout = requestTimeouts[service];
      const server = await listen(listener, { purpose: service, port, requestTimeout, headTimeout });
      servers.set(service, server);
      open.push(server);
    }
    const secure = tls && (await (await import('../tls/serve-real-names.ts')).serveRealNames(servers, tls));
    if (secure) open.push(secure);
    const urls = Object.fromEntries([...servers].map(([service, { url }]) => [service, url]));
    return { urls: urls as SandboxUrls<S>, tls: secure?.address, close };
  } catch (error) {
    await close();
    throw error;
  }
}
