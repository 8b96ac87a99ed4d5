import type * as undici from 'undici';
// @ts-expect-error: undici doesn't publish types of its files
import connectOf from 'undici/lib/api/api-connect.js';
// @ts-expect-error: as above
import requestOf from 'undici/lib/api/api-request.js';
// @ts-expect-error: as above
import DispatcherOf from 'undici/lib/dispatcher/dispatcher.js';
// @ts-expect-error: as above
import EnvHttpProxyAgentOf from 'undici/lib/dispatcher/env-http-proxy-agent.js';
import { parseRetryAfter } from './patience.ts';

/*
 * undici's index also loads fetch, WebSocket, caches and mocks, an eighth of the command's code. The files above aren't
 * undici's public interface, so package.json pins one exact version.
 */
const EnvHttpProxyAgent = EnvHttpProxyAgentOf as typeof undici.EnvHttpProxyAgent;
// undici's index adds this method, by which a proxy's agent opens tunnels.
DispatcherOf.prototype.connect = connectOf;
const requestBy = requestOf as (
  this: undici.Dispatcher,
  options: undici.Dispatcher.RequestOptions,
) => Promise<undici.Dispatcher.ResponseData>;

export interface GitlabResponse {
  /** Undefined if no response came. */
  readonly status: number | undefined;
  /** The JSON of the response, undefined for anything else. */
  readonly body: unknown;
  /** Why there's nothing to read, if that isn't the status. */
  readonly problem?: string;
  /** Whether another attempt may succeed. */
  readonly isTransient: boolean;
  /** How long GitLab asks to wait before that. */
  readonly retryAfterMs?: number | undefined;
}

/** Larger than 100 deployments with their jobs ever are. */
const maxBytes = 16 * 1024 * 1024;

/**
 * Sends a GET request through the proxy that the environment names. Never follows a redirect, which would send the token to
 * another place. Throws only the signal's reason.
 */
export async function requestJson(
  url: URL,
  headers: Readonly<Record<string, string>>,
  timeoutMs: number,
  signal?: AbortSignal,
): Promise<GitlabResponse> {
  const limit = AbortSignal.timeout(timeoutMs);
  const dispatcher = new EnvHttpProxyAgent();
  try {
    const { statusCode: status, ...response } = await requestBy.call(dispatcher, {
      method: 'GET',
      origin: url.origin,
      path: `${url.pathname}${url.search}`,
      headers: { ...headers, accept: 'application/json' },
      signal: signal ? AbortSignal.any([signal, limit]) : limit,
    });
    // What isn't read is destroyed with the dispatcher.
    response.body.on('error', () => undefined);
    const { location } = response.headers;
    if (location !== undefined && status >= 300 && status < 400)
      return {
        status,
        body: undefined,
        isTransient: false,
        problem: `${status}: redirected to ${String(location)}: check CI_API_V4_URL`,
      };
    const text = await readText(response.body);
    if (text === undefined)
      return { status, body: undefined, isTransient: false, problem: 'the response is larger than 16 MiB' };
    return {
      status,
      body: parse(text),
      isTransient: status === 429 || status >= 500,
      retryAfterMs: parseRetryAfter(response.headers['retry-after']),
    };
  } catch (error) {
    signal?.throwIfAborted();
    const problem = limit.aborted ? `no response within ${timeoutMs} ms` : describeFailure(error);
    return { status: undefined, body: undefined, isTransient: true, problem };
  } finally {
    await dispatcher.destroy();
  }
}

/** Returns undefined for a body that is too large, whatever its headers say. */
async function readText(body: AsyncIterable<Uint8Array>): Promise<string | undefined> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body) {
    length += chunk.byteLength;
    if (length > maxBytes) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function describeFailure(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'DEPTH_ZERO_SELF_SIGNED_CERT' || code === 'SELF_SIGNED_CERT_IN_CHAIN')
    return `${code}: set NODE_EXTRA_CA_CERTS to the certificate of your GitLab's authority`;
  return [code, message].filter(Boolean).join(' ');
}
