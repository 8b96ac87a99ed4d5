import { createRequire } from 'node:module';
import type * as undici from 'undici';

/*
 * What of undici talks to a registry, past its index: that loads fetch, WebSocket, caches and mocks too, and takes three times
 * as long, which is felt at the start of every push. These are its own files and not its interface: package.json names one exact
 * version, and a test compares them with what the index gives.
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

/** Connects through the proxies that HTTPS_PROXY and HTTP_PROXY name, except where NO_PROXY says otherwise. */
export function openProxyAgent(options: undici.EnvHttpProxyAgent.Options): Dispatcher {
  const { EnvHttpProxyAgent } = require('undici') as typeof undici;
  return new EnvHttpProxyAgent(options);
}

/** Sends a request by a dispatcher; the body of the answer is to be read or dumped. */
export function request(
  dispatcher: Dispatcher,
  { origin, pathname, search }: URL,
  options: Omit<undici.Dispatcher.RequestOptions, 'origin' | 'path'>,
): Promise<undici.Dispatcher.ResponseData> {
  return requestBy.call(dispatcher, { ...options, origin, path: `${pathname}${search}` });
}
