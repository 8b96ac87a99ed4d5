import type { Clock } from './clock.ts';
import { callError, HerokuError, requestError } from './errors.ts';
import { isLoopback } from './host.ts';
import { joinLines } from './lines.ts';
import { networkError } from './transport/http.ts';
import { backoff } from './transport/retrying.ts';
import type { Connections, ExchangeAnswer } from './transport/undici.ts';

export interface ReleaseOutputOptions {
  /** Ends the output, without an error: whoever waits for the release stops reading once its status is final. */
  readonly signal: AbortSignal;
}

const headersTimeout = 30_000;
/** Milliseconds without output after which the connection may be dead, and is opened anew. */
const idleTimeout = 60_000;
const longestPause = 5_000;
/** An idle stream is kept open by NUL bytes, which are not part of the output and do not count in a `Range`. */
const heartbeat = 0;

/**
 * Reads the output of a release phase, line by line, from a release's `outputStreamUrl`. Until the stream opens (404) and
 * after each cut it asks again, from the byte where it was; it ends when the stream ends or the signal aborts. It tells
 * nothing about the release's status. The URL is a secret of its own: it gets no credentials, and errors do not show it.
 * @throws HerokuError OPTIONS_INVALID, HOST_REFUSED before anything is sent; FORBIDDEN, PROTOCOL for a definite refusal
 * @see https://devcenter.heroku.com/articles/release-phase#checking-release-status-programatically
 */
export function releaseOutput(
  connections: Connections,
  clock: Clock,
  userAgent: string,
  url: string,
  { signal }: ReleaseOutputOptions,
): AsyncIterable<string> {
  const address = outputAddress(url);
  return joinLines(readBytes(connections, clock, userAgent, address, signal));
}

/** Checks the URL of an output that Heroku named: https, or this machine. */
export function outputAddress(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined) throw callError('The URL of an output is not a URL.');
  if (url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url))) return url;
  throw new HerokuError(
    'HOST_REFUSED',
    `GET ${url.protocol}//${url.host}: HOST_REFUSED: an output is read by https only.`,
  );
}

async function* readBytes(
  connections: Connections,
  clock: Clock,
  userAgent: string,
  url: URL,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void, undefined> {
  const request = { method: 'GET', url: `${url.origin}/…` };
  let received = 0;
  for (let failures = 0; !signal.aborted; failures += 1) {
    try {
      const answer = await connections.exchange({
        method: 'GET',
        url,
        headers: {
          accept: 'text/plain',
          'user-agent': userAgent,
          ...(received > 0 ? { range: `bytes=${received}-` } : {}),
        },
        signal,
        headersTimeout,
        bodyTimeout: idleTimeout,
      });
      const opened = await openBody(request, answer, received);
      if (opened === 'at its end') return;
      if (opened !== 'not yet') {
        for await (const bytes of opened) {
          received += bytes.byteLength;
          failures = 0;
          yield bytes;
        }
        return;
      }
    } catch (cause) {
      if (signal.aborted) return;
      const error = networkError(request, cause);
      if (!(error instanceof HerokuError && (error.code === 'UNREACHABLE' || error.code === 'TIMEOUT'))) throw error;
    }
    await clock.sleep(Math.min(backoff(500, failures + 1), longestPause), signal).catch(() => undefined);
  }
}

/** What a status means: bytes to read, nothing more to come, or not open yet. */
async function openBody(
  request: { method: string; url: string },
  { status, body, discard }: ExchangeAnswer,
  received: number,
): Promise<AsyncIterable<Uint8Array> | 'not yet' | 'at its end'> {
  if (status === 206) return withoutHeartbeats(body);
  if (status === 200) return skip(withoutHeartbeats(body), received);
  discard();
  if (status === 416 && received > 0) return 'at its end';
  if (status === 404 || status === 416 || status === 429 || status >= 500) return 'not yet';
  const code = status === 401 || status === 403 ? 'FORBIDDEN' : 'PROTOCOL';
  throw requestError(request, code, `the release's output answered ${status}`, { status });
}

async function* withoutHeartbeats(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const chunk of body) yield chunk.filter((byte) => byte !== heartbeat);
}

/** For a server that sends all of it again. */
async function* skip(body: AsyncIterable<Uint8Array>, count: number): AsyncGenerator<Uint8Array, void, undefined> {
  let left = count;
  for await (const bytes of body) {
    const rest = bytes.subarray(Math.min(left, bytes.byteLength));
    left -= bytes.byteLength - rest.byteLength;
    if (rest.byteLength > 0) yield rest;
  }
}
