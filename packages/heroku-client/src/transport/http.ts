import type { Clock } from '../clock.ts';
import { HerokuError, requestError } from '../errors.ts';
import type { ApiRequest, Send } from './send.ts';
import type { Connections, ExchangeAnswer } from './undici.ts';

const longestErrorBody = 64 * 1024;
const longestBody = 16 * 1024 * 1024;

const leastTimeout = 1_000;

/**
 * Sends one request once and reads its whole answer.
 * @param longest milliseconds for all of it; less when the request's deadline is nearer
 * @throws HerokuError UNREACHABLE, TIMEOUT, ABORTED, PROTOCOL
 */
export function httpSend(connections: Connections, clock: Clock, longest: number): Send {
  return async (request) => {
    const left = (request.deadline ?? Number.POSITIVE_INFINITY) - clock.now();
    const timeout = Math.ceil(Math.min(longest, Math.max(left, leastTimeout)));
    const late = AbortSignal.timeout(timeout);
    const signal = request.signal ? AbortSignal.any([request.signal, late]) : late;
    const { method, headers, body } = request;
    try {
      const url = new URL(request.url);
      const answer = await connections.exchange({
        method,
        url,
        headers,
        signal,
        ...(body === undefined ? {} : { body }),
      });
      return { status: answer.status, headers: answer.headers, body: await textOf(request, answer) };
    } catch (cause) {
      throw exchangeError(request, cause, late, timeout);
    }
  };
}

async function textOf(request: ApiRequest, { status, headers, body }: ExchangeAnswer): Promise<string> {
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
    throw requestError(request, 'PROTOCOL', `the answer is longer than ${limit / 1024 ** 2} MiB`, {
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

/** What a request with `signal` and a time limit of its own failed with, as an error of this package. */
export function exchangeError(
  request: { readonly method: string; readonly url: string; readonly signal?: AbortSignal | undefined },
  cause: unknown,
  late: AbortSignal,
  timeout: number,
): Error {
  if (!request.signal?.aborted && late.aborted)
    return requestError(request, 'TIMEOUT', `no whole answer within ${timeout / 1000} s`, { cause });
  return networkError(request, cause);
}

/** Turns what a connection failed with into an error of this package; one that is already passes through. */
export function networkError(
  request: { readonly method: string; readonly url: string; readonly signal?: AbortSignal | undefined },
  cause: unknown,
): Error {
  if (cause instanceof HerokuError) return cause;
  if (request.signal?.aborted) {
    return requestError(request, 'ABORTED', 'it was cancelled', { cause: request.signal.reason });
  }
  const { code, text } = describe(cause);
  if (code === 'UND_ERR_HEADERS_TIMEOUT' || code === 'UND_ERR_BODY_TIMEOUT') {
    return requestError(request, 'TIMEOUT', text, { cause });
  }
  const untrusted = /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|ERR_TLS/.test(code);
  return requestError(request, 'UNREACHABLE', text, {
    cause,
    ...(untrusted ? { advice: 'If a proxy of your own signs here, name its CA in NODE_EXTRA_CA_CERTS.' } : {}),
  });
}

function describe(cause: unknown): { code: string; text: string } {
  if (cause instanceof AggregateError && cause.errors.length > 0) return describe(cause.errors[0]);
  const { code, message } = cause as { code?: unknown; message?: unknown };
  const known = typeof code === 'string' ? code : '';
  const said = typeof message === 'string' && message ? message : known || 'the connection failed';
  return { code: known, text: known && !said.includes(known) ? `${said} (${known})` : said };
}

const brokenConnection = new Set([
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EAI_AGAIN',
  'ENETUNREACH',
  'EHOSTUNREACH',
  'UND_ERR_SOCKET',
  'UND_ERR_CONNECT_TIMEOUT',
]);

/** Whether a connection that failed like this may well work the next time; a refused or mistrusted one will not. */
export function isPassing(cause: unknown): boolean {
  return brokenConnection.has(describe(cause ?? {}).code);
}
