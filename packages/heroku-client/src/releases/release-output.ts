import { HerokuError, requestError } from '../errors.ts';
import type { Clock } from '../transport/clock.ts';
import { parseOutputUrl } from '../transport/host.ts';
import { networkError } from '../transport/http.ts';
import { splitLines } from '../transport/lines.ts';
import { backoff } from '../transport/retries.ts';
import type { Connections, HttpResponse } from '../transport/undici.ts';

export interface ReleaseOutputOptions {
  /** Ends the output without an error. Abort it when the release's status is final. */
  readonly signal: AbortSignal;
}

const headersTimeout = 30_000;
/** Milliseconds without output after which the connection may be dead, and is opened again. */
const idleTimeout = 60_000;
const longestPause = 5_000;
/** Heroku keeps an idle stream open with NUL bytes, which are no output and don't count in a `Range`. */
const heartbeat = 0;

/**
 * Reads the output of a release phase, line by line, from a release's `outputStreamUrl`. Retries until the stream opens
 * (404), and resumes it after each lost connection. It ends when the stream ends or the signal aborts, which says nothing
 * about the release's status. The URL is a secret: errors don't show it. The API key isn't sent to it.
 * @throws HerokuError OPTIONS_INVALID, HOST_REFUSED before anything is sent; FORBIDDEN, PROTOCOL for a definite rejection
 * @see https://devcenter.heroku.com/articles/release-phase#checking-release-status-programatically
 */
export function releaseOutput(
  connections: Connections,
  clock: Clock,
  userAgent: string,
  url: string,
  { signal }: ReleaseOutputOptions,
): AsyncIterable<string> {
  return splitLines(readBytes(connections, clock, userAgent, parseOutputUrl(url), signal));
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
      const response = await connections.exchange({
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
      const opened = openBody(request, response, received);
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

/** Returns the bytes to read, or that there are no more, or that the stream isn't open yet. */
function openBody(
  request: { method: string; url: string },
  { status, body, discard }: HttpResponse,
  received: number,
): AsyncIterable<Uint8Array> | 'not yet' | 'at its end' {
  if (status === 206) return withoutHeartbeats(body);
  if (status === 200) return skip(withoutHeartbeats(body), received);
  discard();
  if (status === 416 && received > 0) return 'at its end';
  if (status === 404 || status === 416 || status === 429 || status >= 500) return 'not yet';
  const code = status === 401 || status === 403 ? 'FORBIDDEN' : 'PROTOCOL';
  throw requestError(request, code, `the release's output returned ${status}`, { status });
}

async function* withoutHeartbeats(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const chunk of body) yield chunk.filter((byte) => byte !== heartbeat);
}

/** Skips bytes that were read before, from a server that ignores `Range`. */
async function* skip(body: AsyncIterable<Uint8Array>, count: number): AsyncGenerator<Uint8Array, void, undefined> {
  let left = count;
  for await (const bytes of body) {
    const rest = bytes.subarray(Math.min(left, bytes.byteLength));
    left -= bytes.byteLength - rest.byteLength;
    if (rest.byteLength > 0) yield rest;
  }
}
