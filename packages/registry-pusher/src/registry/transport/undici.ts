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

/*
 * The parts of undici that talk to a registry, without its index: that also loads fetch, WebSocket, caches and mocks, takes
 * three times as long and delays every push. These files aren't public, so package.json pins one exact version and a test
 * compares them with what the index exports.
 */
const Agent = AgentOf as typeof undici.Agent;
const EnvHttpProxyAgent = EnvHttpProxyAgentOf as typeof undici.EnvHttpProxyAgent;
// undici's index adds this method, by which a proxy's agent opens tunnels.
DispatcherOf.prototype.connect = connectOf;
const requestBy = requestOf as (
  this: undici.Dispatcher,
  options: undici.Dispatcher.RequestOptions,
) => Promise<undici.Dispatcher.ResponseData>;

export type Dispatcher = undici.Dispatcher;

/** Connects directly. */
export function openAgent(options: undici.Agent.Options): Dispatcher {
  return new Agent(options);
}

/** Connects through a proxy, except to the hosts in NO_PROXY. */
export function openProxyAgent({ href }: URL, options: undici.EnvHttpProxyAgent.Options): Dispatcher {
  return new EnvHttpProxyAgent({ ...options, httpProxy: href, httpsProxy: href });
}

/** Sends a request. The caller must read or dump the response's body. */
export function sendRequest(
  dispatcher: Dispatcher,
  { origin, pathname, search }: URL,
  options: Omit<undici.Dispatcher.RequestOptions, 'origin' | 'path'>,
): Promise<undici.Dispatcher.ResponseData> {
  return requestBy.call(dispatcher, { ...options, origin, path: `${pathname}${search}` });
}
