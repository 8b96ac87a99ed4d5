import type { Clock } from './clock.ts';
import { GitlabVariablesError, requestError, type RequestLine } from '../variable/errors.ts';
import { connectionError } from './connection-error.ts';
import { requestIdOf, responseError } from './response-error.ts';
import { waitBeforeRetry } from './retry.ts';
import { type Exchange, type HttpResponse, maxBodyLength } from './undici.ts';

export interface GitlabRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Values to redact from errors. */
  readonly secrets: readonly string[];
  readonly signal?: AbortSignal | undefined;
}

export interface SendOptions {
  readonly exchange: Exchange;
  readonly clock: Clock;
  /** Milliseconds for one attempt, from connecting to the end of the response. */
  readonly timeout: number;
  /** Called before each wait of 5 seconds or more. */
  readonly onWait: (text: string) => void;
  readonly redact: (text: string, secrets: readonly string[]) => string;
}

const noticeableWait = 5_000;

/**
 * Sends a request until the response is 2xx, with up to five attempts. Retries any request after a 429, and all but POST after
 * a broken connection, a timeout, or a 500, 502, 503 or 504. Waits as `Retry-After` says; without it waits double, with jitter.
 * @throws GitlabVariablesError
 */
export async function send(request: GitlabRequest, options: SendOptions): Promise<HttpResponse> {
  const line = lineOf(request);
  for (let attempts = 1; ; attempts += 1) {
    const outcome = await attempt(request, line, options);
    if (!(outcome instanceof GitlabVariablesError) && outcome.status < 300) return assertComplete(outcome, line);
    const wait = waitBeforeRetry(request.method, outcome, attempts);
    if (wait === undefined) {
      if (outcome instanceof GitlabVariablesError) throw outcome;
      throw responseError(line, outcome, (text) => options.redact(text, request.secrets));
    }
    if (wait >= noticeableWait) options.onWait(`${line.method} ${line.url}: retrying in ${Math.round(wait / 1000)} s.`);
    await options.clock.sleep(wait, request.signal).catch((cause: unknown) => {
      throw requestError(line, 'ABORTED', 'canceled while waiting to retry', { cause });
    });
  }
}

/** Describes the request for people, with a readable query. */
export function lineOf({ method, url }: { readonly method: string; readonly url: URL }): RequestLine {
  const query = [...url.searchParams].map(([name, value]) => `${name}=${value}`).join('&');
  return { method, url: `${url.origin}${url.pathname}${query && `?${query}`}` };
}

async function attempt(
  { method, url, headers, body, signal }: GitlabRequest,
  line: RequestLine,
  { exchange, timeout }: SendOptions,
): Promise<HttpResponse | GitlabVariablesError> {
  const late = AbortSignal.timeout(timeout);
  try {
    return await exchange({
      method,
      url,
      headers,
      ...(body === undefined ? {} : { body }),
      signal: signal ? AbortSignal.any([signal, late]) : late,
    });
  } catch (cause) {
    if (signal?.aborted) return requestError(line, 'ABORTED', 'canceled', { cause: signal.reason });
    if (late.aborted)
      return requestError(line, 'TIMEOUT', `no complete response within ${timeout / 1000} s`, { cause });
    return connectionError(line, cause);
  }
}

function assertComplete(response: HttpResponse, line: RequestLine): HttpResponse {
  if (response.body.length < maxBodyLength) return response;
  throw requestError(
    line,
    'PROTOCOL',
    `the response is longer than ${maxBodyLength / 1024 ** 2} MiB`,
    requestIdOf(response),
  );
}
