import type { Clock } from '../clock.ts';
import { GitlabVariablesError, requestError, type RequestLine } from '../errors.ts';
import { type Answer, exchange, longestBody } from './exchange.ts';
import { refusal, requestIdOf } from './refusal.ts';
import { retryAfter } from './retry-after.ts';

/** One request, its secrets known so that they can be cut out of errors. */
export interface GitlabRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly secrets: readonly string[];
  readonly signal?: AbortSignal | undefined;
}

export interface SendOptions {
  readonly clock: Clock;
  /** Milliseconds for one try, its whole answer included. */
  readonly timeout: number;
  /** Told about each wait that a person would notice. */
  readonly onWait: (text: string) => void;
  readonly redact: (text: string, secrets: readonly string[]) => string;
}

const mostTries = 5;
const longestWait = 15 * 60_000;
const toldFrom = 5_000;

/**
 * Sends a request until it is answered with 2xx. After a cut connection, a time-out, or a 500, 502, 503 or 504, it is tried
 * again, but for POST, which could make a thing twice; after a 429 any request is, as `Retry-After` says. Waits double, with
 * jitter, and end when the request's signal aborts.
 * @throws GitlabVariablesError
 */
export async function send(request: GitlabRequest, options: SendOptions): Promise<Answer> {
  const line = lineOf(request);
  for (let tries = 1; ; tries += 1) {
    const outcome = await attempt(request, line, options.timeout);
    if (!(outcome instanceof GitlabVariablesError) && outcome.status < 300) return complete(outcome, line);
    const wait = tries < mostTries ? waitAfter(request, outcome, tries) : undefined;
    if (wait === undefined || wait > longestWait) {
      if (outcome instanceof GitlabVariablesError) throw outcome;
      throw refusal(line, outcome, (text) => options.redact(text, request.secrets));
    }
    if (wait >= toldFrom)
      options.onWait(`${line.method} ${line.url}: waits ${Math.round(wait / 1000)} s, then tries again.`);
    await options.clock.sleep(wait, request.signal).catch((cause: unknown) => {
      throw requestError(line, 'ABORTED', 'it was cancelled while waiting for the next try', { cause });
    });
  }
}

/** The request for people: its query readable. */
export function lineOf({ method, url }: { readonly method: string; readonly url: URL }): RequestLine {
  const query = [...url.searchParams].map(([name, value]) => `${name}=${value}`).join('&');
  return { method, url: `${url.origin}${url.pathname}${query && `?${query}`}` };
}

async function attempt(
  request: GitlabRequest,
  line: RequestLine,
  timeout: number,
): Promise<Answer | GitlabVariablesError> {
  const late = AbortSignal.timeout(timeout);
  const signal = request.signal ? AbortSignal.any([request.signal, late]) : late;
  try {
    return await exchange({ ...request, signal });
  } catch (cause) {
    if (request.signal?.aborted)
      return requestError(line, 'ABORTED', 'it was cancelled', { cause: request.signal.reason });
    if (late.aborted) return requestError(line, 'TIMEOUT', `no whole answer within ${timeout / 1000} s`, { cause });
    const { code, text } = describe(cause);
    const untrusted = /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|ERR_TLS/.test(code);
    return requestError(line, 'UNREACHABLE', text, {
      cause,
      ...(untrusted
        ? { advice: 'If this GitLab or a proxy uses a CA of its own, name it in NODE_EXTRA_CA_CERTS.' }
        : {}),
    });
  }
}

function complete(answer: Answer, line: RequestLine): Answer {
  if (answer.body.length < longestBody) return answer;
  throw requestError(line, 'PROTOCOL', `the answer is longer than ${longestBody / 1024 ** 2} MiB`, requestIdOf(answer));
}

function waitAfter(request: GitlabRequest, outcome: Answer | GitlabVariablesError, tries: number): number | undefined {
  const repeatable = request.method !== 'POST';
  if (outcome instanceof GitlabVariablesError)
    return repeatable && isPassing(outcome) ? backoff(250, tries) : undefined;
  const asked = retryAfter(outcome.headers['retry-after']);
  if (outcome.status === 429) return asked ?? backoff(1_000, tries);
  return repeatable && [500, 502, 503, 504].includes(outcome.status) ? (asked ?? backoff(250, tries)) : undefined;
}

/** Whether what failed may well work the next time; a refused or mistrusted connection will not. */
function isPassing({ code, cause }: GitlabVariablesError): boolean {
  if (code === 'TIMEOUT') return true;
  return (
    code === 'UNREACHABLE' &&
    /^(?:ECONNRESET|EPIPE|ETIMEDOUT|EAI_AGAIN|ENETUNREACH|EHOSTUNREACH)$/.test(describe(cause).code)
  );
}

function describe(cause: unknown): { code: string; text: string } {
  if (cause instanceof AggregateError && cause.errors.length > 0) return describe(cause.errors[0]);
  const { code, message } = (cause ?? {}) as { code?: unknown; message?: unknown };
  const known = typeof code === 'string' ? code : '';
  const said = typeof message === 'string' && message ? message : known || 'the connection failed';
  return { code: known, text: known && !said.includes(known) ? `${said} (${known})` : said };
}

function backoff(first: number, tries: number): number {
  return Math.min(60_000, first * 2 ** (tries - 1)) * (0.5 + Math.random() / 2);
}
