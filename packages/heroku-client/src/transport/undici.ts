import type * as undici from 'undici';
// @ts-expect-error: undici doesn't publish types of its files
import connectOf from 'undici/lib/api/api-connect.js';
// @ts-expect-error: as above
import requestOf from 'undici/lib/api/api-request.js';
// @ts-expect-error: as above
import AgentOf from 'undici/lib/dispatcher/agent.js';
// @ts-expect-error: as above
import DispatcherOf from 'undici/lib/dispatcher/dispatcher.js';
// @ts-expect-error: as above
import EnvHttpProxyAgentOf from 'undici/lib/dispatcher/env-http-proxy-agent.js';
import { isLoopback } from './host.ts';
import { readProxyUrl } from './proxy.ts';

export type Dispatcher = undici.Dispatcher;

/*
 * undici's index also loads fetch, WebSocket, caches and mocks, which takes three times as long: too long for a command that
 * sends a few requests. The files below aren't undici's public interface, so package.json pins one exact version.
 */
const Agent = AgentOf as typeof undici.Agent;
const EnvHttpProxyAgent = EnvHttpProxyAgentOf as typeof undici.EnvHttpProxyAgent;
// undici's index adds this method, by which a proxy's agent opens tunnels.
DispatcherOf.prototype.connect = connectOf;
const requestBy = requestOf as (
  this: Dispatcher,
  options: undici.Dispatcher.RequestOptions,
) => Promise<undici.Dispatcher.ResponseData>;

const agentOptions = { connect: { timeout: 10_000 } };

/** One HTTP exchange: never redirected, never retried, with no added headers except those that HTTP needs. */
export interface Exchange {
  readonly method: undici.Dispatcher.HttpMethod;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signal?: AbortSignal;
  /** Milliseconds to wait for the headers; 0 for no limit. */
  readonly headersTimeout?: number;
  /** Milliseconds to wait for the next bytes of the body; 0 for no limit. */
  readonly bodyTimeout?: number;
}

export interface HttpResponse {
  readonly status: number;
  /** Names in lowercase; the values of a repeated header joined by a comma. */
  readonly headers: Readonly<Record<string, string>>;
  /** Iterate over it, or discard it. */
  readonly body: AsyncIterable<Uint8Array>;
  /** Drops the unread body. */
  readonly discard: () => void;
}

/** The connections of one client. */
export interface Connections {
  exchange(exchange: Exchange): Promise<HttpResponse>;
  /** Waits for requests in progress, then closes the connections. Leaves a passed dispatcher open. */
  close(): Promise<void>;
}

/**
 * Opens connections lazily: through HTTPS_PROXY and HTTP_PROXY, except for hosts in NO_PROXY, and always directly to this
 * machine. A passed dispatcher is used for everything; its owner closes it.
 * @throws HerokuError OPTIONS_INVALID if the proxy's address is invalid
 */
export function openConnections(dispatcher?: Dispatcher): Connections {
  const direct = dispatcher ?? new Agent(agentOptions);
  const proxy = dispatcher ? undefined : readProxyUrl();
  const proxied = proxy ? openProxyAgent(proxy) : direct;
  return {
    async exchange({ url, ...options }) {
      const through = isLoopback(url) ? direct : proxied;
      const { origin, pathname, search } = url;
      const request = { ...options, origin, path: `${pathname}${search}` };
      const { statusCode, headers, body } = await requestBy.call(through, request);
      return {
        status: statusCode,
        headers: joinHeaders(headers),
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

function openProxyAgent({ href }: URL): Dispatcher {
  return new EnvHttpProxyAgent({ ...agentOptions, httpProxy: href, httpsProxy: href });
}

function joinHeaders(headers: Record<string, string | string[] | undefined>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name.toLowerCase(),
      Array.isArray(value) ? value.join(', ') : (value ?? ''),
    ]),
  );
}
