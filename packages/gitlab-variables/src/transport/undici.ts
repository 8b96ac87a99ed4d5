import type { LookupFunction } from 'node:net';
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
import { isLoopback } from './loopback.ts';
import { readProxyUrl } from './proxy.ts';

/*
 * Skips undici's index, which also loads fetch, WebSocket, caches and mocks and takes three times as long. These files aren't
 * part of its API, so package.json pins one exact version and a test compares them with the index.
 */
const Agent = AgentOf as typeof undici.Agent;
const EnvHttpProxyAgent = EnvHttpProxyAgentOf as typeof undici.EnvHttpProxyAgent;
// undici's index adds this method, by which a proxy's agent opens tunnels.
DispatcherOf.prototype.connect = connectOf;
const requestBy = requestOf as (
  this: undici.Dispatcher,
  options: undici.Dispatcher.RequestOptions,
) => Promise<undici.Dispatcher.ResponseData>;

export interface HttpRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signal: AbortSignal;
}

export interface HttpResponse {
  readonly status: number;
  /** Names in lower case. Repeated headers are joined by commas. */
  readonly headers: Readonly<Record<string, string>>;
  /** Truncated to {@link maxBodyLength}, or to 64 KiB when the status isn't 2xx. */
  readonly body: string;
}

/** Sends one request and reads the whole response. Never follows a redirect, never retries. */
export type Exchange = (request: HttpRequest) => Promise<HttpResponse>;

/** Fits a page of 100 variables whose values have 10,000 characters, all of them escaped. */
export const maxBodyLength = 16 * 1024 * 1024;
const maxErrorBodyLength = 64 * 1024;

/**
 * Creates connections that open with the first request: direct ones to this machine, and through the proxy in HTTPS_PROXY or
 * HTTP_PROXY to hosts that NO_PROXY doesn't list. Idle connections don't keep the process running.
 * @param lookup resolves host names, in tests
 * @throws GitlabVariablesError OPTIONS_INVALID if the proxy's address is invalid
 */
export function openConnections(lookup?: LookupFunction): Exchange {
  const options = { connect: { timeout: 10_000, ...(lookup ? { lookup } : {}) }, headersTimeout: 0, bodyTimeout: 0 };
  const direct = new Agent(options);
  const proxy = readProxyUrl();
  const external = proxy ? openProxyAgent(proxy, options) : direct;
  return async ({ url, ...request }) => {
    const { origin, pathname, search } = url;
    const dispatcher = isLoopback(url) ? direct : external;
    const { statusCode, headers, body } = await requestBy
      .call(dispatcher, { ...request, origin, path: `${pathname}${search}` })
      .catch((error: unknown) => {
        throw (proxy && refusedTunnelError(error, proxy, url)) ?? error;
      });
    return {
      status: statusCode,
      headers: joinValues(headers),
      body: await readText(body, statusCode < 300 ? maxBodyLength : maxErrorBodyLength),
    };
  };
}

/** Decides by NO_PROXY which hosts the proxy is for. */
function openProxyAgent({ href }: URL, options: undici.Agent.Options): undici.Dispatcher {
  return new EnvHttpProxyAgent({ ...options, httpProxy: href, httpsProxy: href });
}

/** Names the proxy and the host, which undici's own message leaves out. */
function refusedTunnelError(error: unknown, proxy: URL, { hostname, port }: URL): Error | undefined {
  const [, status] = /^Proxy response \((\d+)\)/.exec((error as Error).message) ?? [];
  if (status === undefined) return undefined;
  return new Error(`the proxy ${proxy.host} returned ${status} to CONNECT ${hostname}:${port || 443}`, {
    cause: error,
  });
}

function joinValues(headers: Record<string, string | string[] | undefined>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value ?? []].flat().join(', ')]));
}

async function readText(body: AsyncIterable<Buffer>, limit: number): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of body) {
    chunks.push(chunk);
    length += chunk.length;
    if (length > limit) break;
  }
  return Buffer.concat(chunks).subarray(0, limit).toString('utf8');
}
