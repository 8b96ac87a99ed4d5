import { setMaxListeners } from 'node:events';
import { Readable } from 'node:stream';
import { RegistryPusherError } from '../../image/errors.ts';
import { isLoopbackHost } from './address.ts';
import { guardLookup, type Lookup, toNetLookup } from './lookup.ts';
import { readProxyUrl } from './proxy.ts';
import { redact, secretsIn } from './redact.ts';
import { redactUrl } from './redact-url.ts';
import { type StallWatch, watchForStall } from './stall.ts';
import type { Timing } from './timing.ts';
import { type Dispatcher, openAgent, openProxyAgent, sendRequest } from './undici.ts';
import { unreachableError } from './unreachable.ts';

/** Bytes to send. Each attempt opens them again and reads them once. */
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
  /** What its body contains that no message may show. What its Authorization header contains is known. */
  readonly secrets?: readonly string[];
}

/** A response whose body must be read to its end or discarded. */
export interface WireResponse {
  readonly method: Method;
  readonly url: URL;
  readonly status: number;
  readonly header: (name: string) => string | undefined;
  readonly body: AsyncIterable<Buffer>;
  readonly discard: () => Promise<void>;
  /** The most milliseconds in which a body that is a small document may arrive. */
  readonly documentTime: number;
  /** Replaces the secrets that were sent so far. Every text of a server that goes into a message needs it. */
  readonly redact: (text: string) => string;
}

/** The connections to one registry and to the hosts that it names. */
export interface Wire {
  /**
   * Sends one request, without retries, redirects or credentials.
   * @throws RegistryPusherError REGISTRY_UNREACHABLE, REFERRAL_REFUSED, ABORTED, and what the request's own body throws
   */
  send(request: WireRequest): Promise<WireResponse>;
  /** Returns whether the registry is in a private network, as far as is known. */
  registryIsPrivate(): boolean;
  /** Replaces the secrets that were sent so far. */
  redact(text: string): string;
  /** Aborts when the connections are closed. */
  readonly closing: AbortSignal;
  /** Ends all requests at once. */
  close(): Promise<void>;
}

/** The rest of a body that is longer or slower isn't worth its connection. */
const maxDiscarded = 128 * 1024;
const maxDiscardTime = 10_000;
/** In milliseconds. */
const noticedTime = 10_000;
const pieceSize = 32 * 1024;
/** The most that the operating system buffers before a slow line sent it, and how much of it must leave within a stall's time. */
const maxSystemBuffer = 256 * 1024;
const minSentPerStall = 64 * 1024;

export interface WireOptions {
  /** Default: the system's. */
  readonly lookup?: Lookup | undefined;
  /** Receives a line about a response that a person would miss. */
  readonly onWait?: ((line: string) => void) | undefined;
}

/** Uses the proxies in HTTPS_PROXY and NO_PROXY and the certificates in NODE_EXTRA_CA_CERTS. Always checks TLS. */
export function openWire(registry: URL, timing: Timing, { lookup, onWait }: WireOptions = {}): Wire {
  const guarded = guardLookup(registry, lookup);
  const tls = { rejectUnauthorized: true };
  const options = {
    connect: { ...tls, timeout: timing.connect, lookup: toNetLookup(guarded.lookup) },
    requestTls: tls,
    proxyTls: tls,
    headersTimeout: 0,
    bodyTimeout: 0,
  };
  const proxy = isLoopbackHost(registry.hostname) ? undefined : readProxyUrl();
  const dispatcher = proxy ? openProxyAgent(proxy, options) : openAgent(options);
  const closing = new AbortController();
  setMaxListeners(0, closing.signal);
  const sent = new Set<string>();
  const redactSent = (text: string) => redact(text, sent);
  return {
    registryIsPrivate: () => guarded.registryIsPrivate(),
    send: (request) => {
      const { authorization } = request.headers;
      for (const secret of [
        ...(authorization === undefined ? [] : secretsIn(authorization)),
        ...(request.secrets ?? []),
      ])
        sent.add(secret);
      return send(dispatcher, timing, request, { closing: closing.signal, redact: redactSent, onWait });
    },
    redact: redactSent,
    closing: closing.signal,
    close: () => {
      closing.abort(new RegistryPusherError('ABORTED', 'Canceled: the registry client was closed.'));
      return dispatcher.destroy();
    },
  };
}

async function send(
  dispatcher: Dispatcher,
  timing: Timing,
  request: WireRequest,
  { closing, redact, onWait }: Pick<Wire, 'closing' | 'redact'> & Pick<WireOptions, 'onWait'>,
): Promise<WireResponse> {
  const watch = watchForStall(timing.stall);
  const controller = new AbortController();
  const abort = (event: Event) => controller.abort((event.target as AbortSignal).reason);
  const stops = request.signal === undefined ? [closing] : [request.signal, closing];
  for (const signal of [watch.signal, ...stops]) signal.addEventListener('abort', abort);
  let notice: NodeJS.Timeout | undefined;
  const awaitResponse = (waited: number) => {
    const left = Math.round((waited - noticedTime) / 1000);
    if (onWait === undefined || left <= 0) return;
    notice = setTimeout(() => onWait(describeWait(request, left, redact)), noticedTime);
  };
  const end = () => {
    watch.stop();
    clearTimeout(notice);
    for (const signal of stops) signal.removeEventListener('abort', abort);
  };
  const failure = (error: unknown) => {
    end();
    const stopped = stops.find(({ aborted }) => aborted);
    return stopped === undefined
      ? unreachableError(request, error, redact)
      : abortError(request, stopped.reason, redact);
  };
  if (stops.some(({ aborted }) => aborted)) throw failure(undefined);
  watch.restart(timing.connect);
  if (request.body === undefined) awaitResponse(timing.stall + timing.connect);
  const response = await sendRequest(dispatcher, request.url, {
    method: request.method,
    headers: { ...request.headers, ...(request.body ? { 'content-length': String(request.body.size) } : {}) },
    body: request.body ? Readable.from(sendInPieces(request.body, watch, timing, awaitResponse)) : null,
    signal: controller.signal,
  }).catch((error: unknown) => {
    throw failure(error);
  });
  watch.suspend();
  clearTimeout(notice);
  return {
    method: request.method,
    url: request.url,
    status: response.statusCode,
    header: (name) => {
      const value = response.headers[name];
      return Array.isArray(value) ? value.join(', ') : value;
    },
    body: receive(response.body, watch, end, failure),
    discard: () =>
      response.body.dump({ limit: maxDiscarded, signal: AbortSignal.timeout(maxDiscardTime) }).then(end, end),
    documentTime: timing.document,
    redact,
  };
}

function describeWait({ method, url }: WireRequest, left: number, redact: Wire['redact']): string {
  return `${method} ${redact(redactUrl(url))}: no response for ${noticedTime / 1000} s, waiting ${left} s more.`;
}

/** Small pieces show progress even on the slowest line. */
async function* sendInPieces(
  body: Body,
  watch: StallWatch,
  { stall }: Timing,
  onSent: (time: number) => void,
): AsyncGenerator<Uint8Array> {
  watch.suspend();
  for await (const chunk of body.open()) {
    for (let at = 0; at < chunk.length; at += pieceSize) {
      watch.restart();
      yield chunk.subarray(at, at + pieceSize);
    }
    watch.suspend();
  }
  const extra = stall * (Math.min(body.size, maxSystemBuffer) / minSentPerStall);
  watch.restart(extra);
  onSent(stall + extra);
}

async function* receive(
  body: AsyncIterable<Buffer>,
  watch: StallWatch,
  end: () => void,
  failure: (error: unknown) => RegistryPusherError,
): AsyncGenerator<Buffer> {
  try {
    watch.restart();
    for await (const chunk of body) {
      watch.suspend();
      yield chunk;
      watch.restart();
    }
  } catch (error) {
    throw failure(error);
  } finally {
    end();
  }
}

function abortError({ method, url }: WireRequest, reason: unknown, redact: Wire['redact']): RegistryPusherError {
  if (reason instanceof RegistryPusherError) return reason;
  return new RegistryPusherError('ABORTED', `${method} ${redact(redactUrl(url))}: canceled.`, { cause: reason });
}
