import { type HerokuError, type HerokuErrorCode, requestError } from '../errors.ts';
import { requestIdOf } from './http.ts';
import type { Redact } from './redact.ts';
import { retryAfter } from './retrying.ts';
import type { ApiAnswer, ApiRequest, Interceptor } from './send.ts';

/** Turns every answer but 2xx into an error. @see https://devcenter.heroku.com/articles/platform-api-reference#errors */
export function refusals(redact: Redact): Interceptor {
  return (next) => async (request) => {
    const answer = await next(request);
    if (answer.status >= 200 && answer.status < 300) return answer;
    throw refusal(request, answer, (text) => redact(text, request.secrets));
  };
}

function refusal(request: ApiRequest, answer: ApiAnswer, redact: (text: string) => string): HerokuError {
  const { status, headers } = answer;
  if (status < 400) {
    return requestError(request, 'PROTOCOL', `answered ${status}, a redirect, which is never followed`, {
      status,
      ...requestIdOf(headers),
    });
  }
  const { id, message, url } = errorBody(answer.body, redact);
  const code = codeOf(answer, id);
  const wait = code === 'RATE_LIMITED' ? retryAfter(headers) : undefined;
  return requestError(request, code, message ?? `answered ${status} ${excerpt(answer, redact)}`, {
    status,
    ...(id === undefined ? {} : { id }),
    ...(url === undefined ? {} : { url }),
    ...requestIdOf(headers),
    ...(wait === undefined ? {} : { advice: `Try again in ${Math.ceil(wait / 1000)} s.` }),
  });
}

function codeOf({ status, headers }: ApiAnswer, id: string | undefined): HerokuErrorCode {
  if (id === 'two_factor' || headers['heroku-two-factor-required'] !== undefined) return 'TWO_FACTOR';
  if (status >= 500) return 'SERVER_ERROR';
  const codes: Readonly<Record<number, HerokuErrorCode>> = {
    401: 'UNAUTHORIZED',
    402: 'FORBIDDEN',
    403: 'FORBIDDEN',
    404: 'NOT_FOUND',
    407: 'UNREACHABLE',
    409: 'CONFLICT',
    429: 'RATE_LIMITED',
  };
  return codes[status] ?? 'INVALID_PARAMS';
}

const longestMessage = 2_000;

function errorBody(body: string, redact: (text: string) => string): { id?: string; message?: string; url?: string } {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    return {};
  }
  const { id, message, url } = (value ?? {}) as { id?: unknown; message?: unknown; url?: unknown };
  return {
    ...(typeof id === 'string' ? { id: plain(redact(id), longestMessage) } : {}),
    ...(typeof message === 'string' && message ? { message: plain(redact(message), longestMessage) } : {}),
    ...(typeof url === 'string' && url.startsWith('https://') ? { url: plain(redact(url), longestMessage) } : {}),
  };
}

/** How an answer that is not Heroku's JSON begins. Of broken JSON nothing is shown: it may be config vars. */
export function excerpt({ headers, body }: ApiAnswer, redact: (text: string) => string): string {
  const type = plain(headers['content-type']?.split(';')[0] ?? 'no content type', 80);
  if (/json/i.test(type)) return `with unreadable ${type}`;
  const text = plain(redact(body).replace(/<(script|style)[\s\S]*?<\/\1>|<[^>]*>/gi, ' '), 160);
  return text ? `with ${type}: "${text}"` : 'with an empty body';
}

/** One line without control characters: what a server says ends on terminals. */
function plain(text: string, longest: number): string {
  const line = text.replace(/[\s\p{Cc}]+/gu, ' ').trim();
  return line.length > longest ? `${line.slice(0, longest)}…` : line;
}
