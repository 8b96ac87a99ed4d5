import { Readable } from 'node:stream';
import { RegistryPusherError } from '../../image/errors.ts';
import { isLoopbackHost } from './address.ts';
import { forNet, guardLookup, type Lookup } from './lookup.ts';
import { printable } from './printable.ts';
import { type StallWatch, watchForStall } from './stall.ts';
import type { Timing } from './timing.ts';
import { type Dispatcher, openAgent, openProxyAgent, request } from './undici.ts';
import { unreachable } from './unreachable.ts';

/** Bytes to send. Opened anew at every try, and read once each time. */
export interface Body {
  readonly size: number;
  readonly open: () => AsyncIterable<Uint8Array>;
}

export type Method = 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH';

export interface WireRequest {
  readonly method: Method;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Body | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** An answer whose body is yet to be read: to its end, or by `discard`. */
export interface WireResponse {
  readonly method: Method;
  readonly url: URL;
  readonly status: number;
  readonly header: (name: string) => string | undefined;
  readonly body: AsyncIterable<Buffer>;
  readonly discard: () => Promise<void>;
}

/** The connections to one registry and to where it sends us. */
export interface Wire {
  /**
   * One request and its answer, without retries, redirects or credentials of its own.
   * @throws RegistryPusherError REGISTRY_UNREACHABLE, HOST_REFUSED, ABORTED, and what the request's own body throws
   */
  send(wanted: WireRequest): Promise<WireResponse>;
  /** Whether the registry lies inside a private network, as far as is known. */
  registryIsPrivate(): boolean;
  close(): Promise<void>;
}

const piece = 32 * 1024;
/** What the operating system takes from us though a slow line has not carried it yet, and how much of it goes in a stall's time. */
const heldBySystem = 256 * 1024;
const movedInStall = 64 * 1024;

/** Proxies are taken from HTTPS_PROXY and NO_PROXY, more certificates from NODE_EXTRA_CA_CERTS; TLS is always checked. */
export function openWire(registry: URL, timing: Timing, lookup?: Lookup): Wire {
  const guarded = guardLookup(registry, lookup);
  const tls = { rejectUnauthorized: true };
  const options = {
    connect: { ...tls, timeout: timing.connect, lookup: forNet(guarded.lookup) },
    requestTls: tls,
    proxyTls: tls,
    headersTimeout: 0,
    bodyTimeout: 0,
  };
  const direct = isLoopbackHost(registry.hostname) || !proxyIsSet();
  const dispatcher = direct ? openAgent(options) : openProxyAgent(options);
  return {
    registryIsPrivate: () => guarded.registryIsPrivate(),
    send: (wanted) => send(dispatcher, timing, wanted),
    close: () => dispatcher.destroy(),
  };
}

function proxyIsSet(): boolean {
  return ['https_proxy', 'HTTPS_PROXY', 'http_proxy', 'HTTP_PROXY'].some((name) => Boolean(process.env[name]));
}

async function send(dispatcher: Dispatcher, timing: Timing, wanted: WireRequest): Promise<WireResponse> {
  const watch = watchForStall(timing.stall);
  const controller = new AbortController();
  const abort = (event: Event) => controller.abort((event.target as AbortSignal).reason);
  watch.signal.addEventListener('abort', abort);
  wanted.signal?.addEventListener('abort', abort);
  const end = () => {
    watch.ended();
    wanted.signal?.removeEventListener('abort', abort);
  };
  const failed = (error: unknown) => {
    end();
    return wanted.signal?.aborted === true ? aborted(wanted) : unreachable(wanted.method, wanted.url, error);
  };
  if (wanted.signal?.aborted === true) throw failed(undefined);
  watch.waiting(timing.connect);
  const answer = await request(dispatcher, wanted.url, {
    method: wanted.method,
    headers: { ...wanted.headers, ...(wanted.body ? { 'content-length': String(wanted.body.size) } : {}) },
    body: wanted.body ? Readable.from(paced(wanted.body, watch, timing)) : null,
    signal: controller.signal,
  }).catch((error: unknown) => {
    throw failed(error);
  });
  watch.paused();
  return {
    method: wanted.method,
    url: wanted.url,
    status: answer.statusCode,
    header: (name) => {
      const value = answer.headers[name];
      return Array.isArray(value) ? value.join(', ') : value;
    },
    body: received(answer.body, watch, end, failed),
    discard: () => answer.body.dump().then(end, end),
  };
}

/** In small pieces, so that each one that goes is a sign of life on the slowest line too. */
async function* paced(body: Body, watch: StallWatch, { stall }: Timing): AsyncGenerator<Uint8Array> {
  watch.paused();
  for await (const chunk of body.open()) {
    for (let at = 0; at < chunk.length; at += piece) {
      watch.waiting();
      yield chunk.subarray(at, at + piece);
    }
    watch.paused();
  }
  watch.waiting(stall * (Math.min(body.size, heldBySystem) / movedInStall));
}

async function* received(
  body: AsyncIterable<Buffer>,
  watch: StallWatch,
  end: () => void,
  failed: (error: unknown) => RegistryPusherError,
): AsyncGenerator<Buffer> {
  try {
    watch.waiting();
    for await (const chunk of body) {
      watch.paused();
      yield chunk;
      watch.waiting();
    }
  } catch (error) {
    throw failed(error);
  } finally {
    end();
  }
}

function aborted({ method, url, signal }: WireRequest): RegistryPusherError {
  if (signal?.reason instanceof RegistryPusherError) return signal.reason;
  return new RegistryPusherError('ABORTED', `${method} ${printable(url)}: cancelled.`, { cause: signal?.reason });
}
