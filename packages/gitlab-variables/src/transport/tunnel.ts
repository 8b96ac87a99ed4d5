import { request as httpRequest } from 'node:http';
import { Agent, request as httpsRequest } from 'node:https';
import type { Duplex } from 'node:stream';
import { connect as tlsConnect, type ConnectionOptions } from 'node:tls';

/** The proxy that HTTPS_PROXY names for a URL, unless NO_PROXY leaves its host out. */
export function proxyFor(url: URL, env: NodeJS.ProcessEnv): URL | undefined {
  const proxy = env['https_proxy'] || env['HTTPS_PROXY'];
  if (!proxy || isLeftOut(url, env['no_proxy'] || env['NO_PROXY'] || '')) return undefined;
  return new URL(/^https?:\/\//.test(proxy) ? proxy : `http://${proxy}`);
}

/** Entries are host names, with their subdomains, or `host:port`; `*` is every host. */
function isLeftOut({ hostname, port }: URL, noProxy: string): boolean {
  return noProxy.split(/[\s,]+/).some((entry) => {
    const [, name = '', entryPort] = /^(?:\*?\.)?(.*?)(?::(\d+))?$/.exec(entry.toLowerCase()) ?? [];
    if (entry === '*') return true;
    if (name === '' || (entryPort !== undefined && entryPort !== (port || '443'))) return false;
    return hostname === name || hostname.endsWith(`.${name}`);
  });
}

/** Connects through an HTTP proxy by CONNECT; what is inside the tunnel, the proxy cannot read. */
export class TunnelAgent extends Agent {
  readonly #proxy: URL;

  constructor(proxy: URL) {
    super({ keepAlive: true });
    this.#proxy = proxy;
  }

  override createConnection(
    options: ConnectionOptions,
    done: (error: Error | null, stream?: Duplex) => void,
  ): Duplex | null | undefined {
    const proxy = this.#proxy;
    const target = `${options.host}:${options.port}`;
    const open = proxy.protocol === 'https:' ? httpsRequest : httpRequest;
    const connect = open(new URL('/', proxy), {
      method: 'CONNECT',
      path: target,
      headers: { host: target, ...authorization(proxy) },
      agent: false,
    });
    connect.once('error', (cause) => {
      done(new Error(`the proxy ${proxy.host} cannot be reached: ${cause.message}`, { cause }));
    });
    connect.once('connect', ({ statusCode }, socket) => {
      if (statusCode === 200) {
        done(null, tlsConnect({ ...options, socket, servername: options.servername ?? options.host ?? '' }));
      } else {
        socket.destroy();
        done(new Error(`the proxy ${proxy.host} answered ${statusCode} when asked for ${target}`));
      }
    });
    connect.end();
    return undefined;
  }
}

function authorization({ username, password }: URL): Record<string, string> {
  if (!username) return {};
  const credentials = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return { 'proxy-authorization': `Basic ${Buffer.from(credentials).toString('base64')}` };
}
