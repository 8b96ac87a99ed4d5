import { type LookupAddress, type LookupOptions, lookup as systemLookup } from 'node:dns';
import { Readable } from 'node:stream';
import { Agent, type Dispatcher, EnvHttpProxyAgent, request } from 'undici';
import { RegistryPusherError } from '../errors.ts';
import { isLoopbackHost, isPrivateHost } from './address.ts';
import { printable } from './printable.ts';
import { type StallWatch, watchForStall } from './stall.ts';
import type { Timing } from './timing.ts';
import { unreachable } from './unreachable.ts';

/** Bytes to send. Opened anew at every try, and read once each time. */
export interface Body {
  readonly size: number;
  readonly open: () => AsyncIterable<Uint8Array>;
}

export interface WireRequest {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH';
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Body | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** An answer whose body is yet to be read, to its end or by `discard`. */
export interface WireResponse {
  readonly method: string;
  readonly url: URL;
  readonly status: number;
  readonly header: (name: string) => string | undefined;
  readonly body: AsyncIterable<Buffer>;
  readonly discard: () => Promise<void>;
}

/** Resolves a host name, as `dns.lookup` does when asked for all addresses. */
export type Lookup = (
  hostname: string,
  options: LookupOptions & { all: true },
  callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

/** The connections to one registry and to where it sends us. */
export interface Wire {
  /** One request and its answer, without retries, redirects or credentials of its own. */
  send(wanted: WireRequest): Promise<WireResponse>;
  /** Whether the registry lies inside a private network, as far as is known. */
  registryIsPrivate(): boolean;
  close(): Promise<void>;
}

const piece = 32 * 1024;
const heldByKernel = 256 * 1024;
const slowest = 1; // bytes a millisecond

/** Proxies are taken from HTTPS_PROXY and NO_PROXY, more certificates from NODE_EXTRA_CA_CERTS; TLS is always checked. */
export function openWire(registry: URL, timing: Timing, lookup: Lookup = systemLookup): Wire {
  let resolvedPrivate = false;
  const guardedLookup: Lookup = (hostname, options, callback) =>
    lookup(hostname, { ...options, all: true }, (error, addresses) => {
      if (error) return callback(error, []);
      if (hostname === registry.hostname) {
        resolvedPrivate = addresses.every(({ address }) => isPrivateHost(address));
      } else if (!registryIsPrivate() && addresses.some(({ address }) => isPrivateHost(address))) {
        return callback(privateName(registry, hostname), []);
      }
      return callback(null, addresses);
    });
  const registryIsPrivate = () => resolvedPrivate || isPrivateHost(registry.hostname);
  const tls = { rejectUnauthorized: true };
  const connect = { ...tls, timeout: timing.connect, lookup: forNet(guardedLookup) };
  const options = { connect, requestTls: tls, connections: 8, headersTimeout: 0, bodyTimeout: 0 };
  const dispatcher = isLoopbackHost(registry.hostname) ? new Agent(options) : new EnvHttpProxyAgent(options);
  return {
    registryIsPrivate,
    send: (wanted) => send(dispatcher, timing, wanted),
    close: () => dispatcher.destroy(),
  };
}

async function send(dispatcher: Dispatcher, timing: Timing, wanted: WireRequest): Promise<WireResponse> {
  const watch = watchForStall(timing.stall);
  const controller = new AbortController();
  const abort = (event: Event) => controller.abort((event.target as AbortSignal).reason);
  watch.signal.addEventListener('abort', abort, { once: true });
  wanted.signal?.addEventListener('abort', abort, { once: true });
  const end = () => {
    watch.paused();
    wanted.signal?.removeEventListener('abort', abort);
  };
  const failed = (error: unknown) => {
    end();
    return wanted.signal?.aborted === true ? aborted(wanted) : unreachable(wanted.method, wanted.url, error);
  };
  if (wanted.signal?.aborted === true) throw failed(undefined);
  watch.waiting(timing.connect);
  const { statusCode, headers, body } = await request(wanted.url, {
    dispatcher,
    method: wanted.method,
    headers: { ...wanted.headers, ...(wanted.body ? { 'content-length': String(wanted.body.size) } : {}) },
    body: wanted.body ? Readable.from(paced(wanted.body, watch)) : null,
    signal: controller.signal,
  }).catch((error: unknown) => {
    throw failed(error);
  });
  watch.paused();
  return {
    method: wanted.method,
    url: wanted.url,
    status: statusCode,
    header: (name) => first(headers[name]),
    body: received(body, watch, end, failed),
    discard: () => body.dump().then(end, end),
  };
}

/** Small pieces, so that each one that goes is a sign of life even at a few bytes a millisecond. */
async function* paced(body: Body, watch: StallWatch): AsyncGenerator<Uint8Array> {
  watch.paused();
  for await (const chunk of body.open()) {
    for (let at = 0; at < chunk.length; at += piece) {
      watch.waiting();
      yield chunk.subarray(at, at + piece);
    }
    watch.paused();
  }
  watch.waiting(Math.min(body.size, heldByKernel) / slowest);
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

function privateName(registry: URL, hostname: string): RegistryPusherError {
  return new RegistryPusherError(
    'HOST_REFUSED',
    `${registry.host} sends us to ${hostname}, whose address is a private one. Nothing was sent there.`,
  );
}

function first(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value.join(', ') : value;
}

/** `net` asks for one address or for all of them. */
function forNet(lookup: Lookup): typeof systemLookup {
  const asked = (
    hostname: string,
    options: LookupOptions,
    callback: (error: NodeJS.ErrnoException | null, address: string | LookupAddress[], family?: number) => void,
  ) =>
    lookup(hostname, { ...options, all: true }, (error, addresses) => {
      if (error || options.all === true) return callback(error, addresses);
      return callback(null, addresses[0]!.address, addresses[0]!.family);
    });
  return asked as typeof systemLookup;
}
