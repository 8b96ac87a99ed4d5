import { createRequire } from 'node:module';
import type * as undici from 'undici';

/*
 * The parts of undici that talk to a registry, without its index: that also loads fetch, WebSocket, caches and mocks, takes
 * three times as long and delays every push. These files aren't public, so package.json pins one exact version and a test
 * compares them with what the index exports.
 */
const require = createRequire(import.meta.url);

const Agent = require('undici/lib/dispatcher/agent.js') as typeof undici.Agent;
const requestBy = require('undici/lib/api/api-request.js') as (
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
  const { EnvHttpProxyAgent } = require('undici') as typeof undici;
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
