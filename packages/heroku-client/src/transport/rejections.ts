import { type HerokuError, type HerokuErrorCode, requestError } from '../errors.ts';
import { requestIdOf } from './http.ts';
import type { Redact } from './redact.ts';
import { retryAfter } from './retries.ts';
import type { ApiRequest, ApiResponse, Interceptor } from './send.ts';

/** Throws an error for every response but 2xx. @see https://devcenter.heroku.com/articles/platform-api-reference#errors */
export function rejections(redact: Redact): Interceptor {
  return (next) => async (request) => {
    const response = await next(request);
    if (response.status >= 200 && response.status < 300) return response;
    throw rejectionError(request, response, (text) => redact(text, request.secrets));
  };
}

function rejectionError(request: ApiRequest, response: ApiResponse, redact: (text: string) => string): HerokuError {
  const { status, headers } = response;
  if (status < 400) {
    return requestError(request, 'PROTOCOL', `returned ${status}, a redirect, which is never followed`, {
      status,
      ...requestIdOf(headers),
    });
  }
  const { id, message, url } = parseErrorBody(response.body, redact);
  const code = codeOf(response, id);
  const wait = code === 'RATE_LIMITED' ? retryAfter(headers) : undefined;
  return requestError(request, code, message ?? `returned ${status} ${excerpt(response, redact)}`, {
    status,
    ...(id === undefined ? {} : { id }),
    ...(url === undefined ? {} : { url }),
    ...requestIdOf(headers),
    ...(wait === undefined ? {} : { advice: `Retry in ${Math.ceil(wait / 1000)} s.` }),
  });
}

function codeOf({ status, headers }: ApiResponse, id: string | undefined): HerokuErrorCode {
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

function parseErrorBody(
  body: string,
  redact: (text: string) => string,
): { id?: string; message?: string; url?: string } {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    return {};
  }
  const { id, message, url } = (value ?? {}) as { id?: unknown; message?: unknown; url?: unknown };
  return {
    ...(typeof id === 'string' ? { id: printable(redact(id), longestMessage) } : {}),
    ...(typeof message === 'string' && message ? { message: printable(redact(message), longestMessage) } : {}),
    ...(typeof url === 'string' && url.startsWith('https://') ? { url: printable(redact(url), longestMessage) } : {}),
  };
}

/** Describes a response that isn't Heroku's JSON. Quotes nothing of broken JSON, which may be config vars. */
export function excerpt({ headers, body }: ApiResponse, redact: (text: string) => string): string {
  const type = printable(headers['content-type']?.split(';')[0] ?? 'no content type', 80);
  if (/json/i.test(type)) return `with unreadable ${type}`;
  const text = printable(redact(body).replace(/<(script|style)[\s\S]*?<\/\1>|<[^>]*>/gi, ' '), 160);
  return text ? `with ${type}: "${text}"` : 'with an empty body';
}

/** Returns one line without control characters, because a server's text ends up on terminals. */
function printable(text: string, longest: number): string {
  const line = text.replace(/[\s\p{Cc}]+/gu, ' ').trim();
  return line.length > longest ? `${line.slice(0, longest)}…` : line;
}
