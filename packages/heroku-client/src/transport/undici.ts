import { createRequire } from 'node:module';
import type * as undici from 'undici';
import { isLoopback } from '../host.ts';

export type Dispatcher = undici.Dispatcher;

/*
 * Past undici's index, which loads fetch, WebSocket, caches and mocks too and takes three times as long: a command that makes a
 * few requests feels it. These are its own files and not its interface, so package.json names one exact version.
 */
const load = createRequire(import.meta.url);
const Agent = load('undici/lib/dispatcher/agent.js') as typeof undici.Agent;
const requestBy = load('undici/lib/api/api-request.js') as (
  this: Dispatcher,
  options: undici.Dispatcher.RequestOptions,
) => Promise<undici.Dispatcher.ResponseData>;

const agentOptions = { connect: { timeout: 10_000 } };

/** One exchange over HTTP: never redirected, never repeated, no header added but those that HTTP needs. */
export interface Exchange {
  readonly method: undici.Dispatcher.HttpMethod;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signal?: AbortSignal;
  /** Milliseconds until the headers must be there; 0 for no limit. */
  readonly headersTimeout?: number;
  /** Milliseconds without a byte of the body after which it counts as cut; 0 for no limit. */
  readonly bodyTimeout?: number;
}

export interface ExchangeAnswer {
  readonly status: number;
  /** Names in lower case; of a header that came several times, the values joined by a comma. */
  readonly headers: Readonly<Record<string, string>>;
  /** The bytes: to be iterated over, as far as wanted, or discarded. */
  readonly body: AsyncIterable<Uint8Array>;
  /** Gives the body up, unread. */
  readonly discard: () => void;
}

/** The connections that one client shares. */
export interface Connections {
  exchange(exchange: Exchange): Promise<ExchangeAnswer>;
  /** Waits for what is under way, then closes every connection that this package opened itself. */
  close(): Promise<void>;
}

/**
 * Opens connections lazily: through HTTPS_PROXY and HTTP_PROXY, NO_PROXY excepted, when they are set; to this machine
 * directly in any case. A dispatcher that is passed in is used for everything and stays its owner's to close.
 */
export function openConnections(dispatcher?: Dispatcher): Connections {
  const direct = dispatcher ?? new Agent(agentOptions);
  const proxied = dispatcher ?? (proxyIsSet() ? openProxyAgent() : direct);
  return {
    async exchange({ url, ...options }) {
      const through = isLoopback(url) ? direct : proxied;
      const { origin, pathname, search } = url;
      const wanted = { ...options, origin, path: `${pathname}${search}` };
      const { statusCode, headers, body } = await requestBy.call(through, wanted);
      return {
        status: statusCode,
        headers: joined(headers),
        body,
        discard: () => void body.on('error', () => undefined).destroy(),
      };
    },
    async close() {
      if (dispatcher) return;
      await Promise.all([...new Set([direct, proxied])].map((agent) => agent.close()));
    },
  };
}

function openProxyAgent(): Dispatcher {
  const { EnvHttpProxyAgent } = load('undici') as typeof undici;
  return new EnvHttpProxyAgent(agentOptions);
}

function proxyIsSet(): boolean {
  return ['https_proxy', 'HTTPS_PROXY', 'http_proxy', 'HTTP_PROXY'].some((name) => Boolean(process.env[name]));
}

function joined(headers: Record<string, string | string[] | undefined>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name.toLowerCase(),
      Array.isArray(value) ? value.join(', ') : (value ?? ''),
    ]),
  );
}
