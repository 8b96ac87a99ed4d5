import { HerokuError, requestError } from '../errors.ts';
import type { Clock } from './clock.ts';
import type { ApiRequest, Send } from './send.ts';
import type { Connections, HttpResponse } from './undici.ts';

const longestErrorBody = 64 * 1024;
const longestBody = 16 * 1024 * 1024;

const shortestTimeout = 1_000;

/**
 * Sends one request once, and reads its whole response.
 * @param longest milliseconds for all of it; less if the request's deadline is nearer
 * @throws HerokuError UNREACHABLE, TIMEOUT, ABORTED, PROTOCOL
 */
export function httpSend(connections: Connections, clock: Clock, longest: number): Send {
  return async (request) => {
    const left = (request.deadline ?? Number.POSITIVE_INFINITY) - clock.now();
    const timeout = Math.ceil(Math.min(longest, Math.max(left, shortestTimeout)));
    const late = AbortSignal.timeout(timeout);
    const signal = request.signal ? AbortSignal.any([request.signal, late]) : late;
    const { method, headers, body } = request;
    try {
      const url = new URL(request.url);
      const response = await connections.exchange({
        method,
        url,
        headers,
        signal,
        ...(body === undefined ? {} : { body }),
      });
      return { status: response.status, headers: response.headers, body: await readText(request, response) };
    } catch (cause) {
      throw exchangeError(request, cause, late, timeout);
    }
  };
}

async function readText(request: ApiRequest, { status, headers, body }: HttpResponse): Promise<string> {
  const succeeded = status >= 200 && status < 300;
  const limit = succeeded ? longestBody : longestErrorBody;
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body) {
    chunks.push(chunk);
    length += chunk.byteLength;
    if (length > limit) break;
  }
  if (length > limit && succeeded) {
    throw requestError(request, 'PROTOCOL', `the response is longer than ${limit / 1024 ** 2} MiB`, {
      status,
      ...requestIdOf(headers),
    });
  }
  return Buffer.concat(chunks).subarray(0, limit).toString('utf8');
}

export function requestIdOf(headers: Readonly<Record<string, string>>): { requestId?: string } {
  const requestId = headers['request-id'];
  return requestId ? { requestId } : {};
}

/** Returns the error of a request that has its own time limit, next to `signal`. */
export function exchangeError(
  request: { readonly method: string; readonly url: string; readonly signal?: AbortSignal | undefined },
  cause: unknown,
  late: AbortSignal | undefined,
  timeout: number,
): Error {
  if (!request.signal?.aborted && late?.aborted)
    return requestError(request, 'TIMEOUT', `no complete response within ${timeout / 1000} s`, { cause });
  return networkError(request, cause);
}

/** Converts a connection's error to a HerokuError; returns one unchanged. */
export function networkError(
  request: { readonly method: string; readonly url: string; readonly signal?: AbortSignal | undefined },
  cause: unknown,
): Error {
  if (cause instanceof HerokuError) return cause;
  if (request.signal?.aborted) {
    return requestError(request, 'ABORTED', 'it was canceled', { cause: request.signal.reason });
  }
  const { code, text } = describeCause(cause);
  if (code === 'UND_ERR_HEADERS_TIMEOUT' || code === 'UND_ERR_BODY_TIMEOUT') {
    return requestError(request, 'TIMEOUT', text, { cause });
  }
  const untrusted = /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|ERR_TLS/.test(code);
  return requestError(request, 'UNREACHABLE', text, {
    cause,
    ...(untrusted ? { advice: 'If your proxy signs certificates, set NODE_EXTRA_CA_CERTS to its CA.' } : {}),
  });
}

function describeCause(cause: unknown): { code: string; text: string } {
  if (cause instanceof AggregateError && cause.errors.length > 0) return describeCause(cause.errors[0]);
  const { code, message } = cause as { code?: unknown; message?: unknown };
  const known = typeof code === 'string' ? code : '';
  const text = typeof message === 'string' && message ? message : known || 'the connection failed';
  return { code: known, text: known && !text.includes(known) ? `${text} (${known})` : text };
}

const transientCodes = new Set([
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EAI_AGAIN',
  'ENETUNREACH',
  'EHOSTUNREACH',
  'UND_ERR_SOCKET',
  'UND_ERR_CONNECT_TIMEOUT',
]);

/** Returns whether a failed connection is worth a retry. A refused or untrusted one isn't. */
export function isTransientCause(cause: unknown): boolean {
  return transientCodes.has(describeCause(cause ?? {}).code);
}
