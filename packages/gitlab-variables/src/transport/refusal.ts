import { type GitlabVariablesError, type GitlabVariablesErrorCode, requestError, type RequestLine } from '../errors.ts';
import { retryAfter } from './retry.ts';
import type { HttpResponse } from './undici.ts';

/** The error that an answer other than 2xx means. @see https://docs.gitlab.com/api/rest/troubleshooting/#status-codes */
export function refusal(
  request: RequestLine,
  response: HttpResponse,
  redact: (text: string) => string,
): GitlabVariablesError {
  const { status, headers } = response;
  const details = { status, ...requestIdOf(response) };
  if (status < 400)
    return requestError(request, 'PROTOCOL', `answered ${status}, a redirect, which is never followed`, details);
  const said = saidBy(response, redact);
  const code = codeOf(status, said);
  const wait = code === 'RATE_LIMITED' ? retryAfter(headers) : undefined;
  return requestError(request, code, said, {
    ...details,
    ...(wait === undefined ? {} : { advice: `Try again in ${Math.ceil(wait / 1000)} s.` }),
  });
}

function codeOf(status: number, said: string): GitlabVariablesErrorCode {
  if (status >= 500) return 'SERVER_ERROR';
  if (status === 400) return said.includes('has already been taken') ? 'CONFLICT' : 'VARIABLE_INVALID';
  const codes: Readonly<Record<number, GitlabVariablesErrorCode>> = {
    401: 'UNAUTHORIZED',
    403: 'FORBIDDEN',
    404: 'NOT_FOUND',
    409: 'CONFLICT',
    429: 'RATE_LIMITED',
  };
  return codes[status] ?? 'PROTOCOL';
}

/** GitLab says it in `message` (a text, a list, or lists by field) or in `error`; a proxy says anything. */
function saidBy(response: HttpResponse, redact: (text: string) => string): string {
  let body: unknown;
  try {
    body = JSON.parse(response.body);
  } catch {
    return `answered ${response.status} ${excerpt(response, redact)}`;
  }
  const { message, error, error_description: description } = (body ?? {}) as Record<string, unknown>;
  const text = flat(message) || [flat(error), flat(description)].filter(Boolean).join(': ');
  return text ? plain(redact(text), 1_000) : `answered ${response.status} without saying why`;
}

function flat(value: unknown): string {
  if (typeof value === 'string') return value;
  if (Array.isArray(value)) return value.map(flat).join(', ');
  if (typeof value !== 'object' || value === null) return '';
  return Object.entries(value)
    .map(([field, problems]) => `${field} ${flat(problems)}`)
    .join('; ');
}

export function requestIdOf({ headers }: HttpResponse): { requestId?: string } {
  const requestId = headers['x-request-id'];
  return requestId ? { requestId } : {};
}

/** How an answer that is not GitLab's JSON begins. Of broken JSON nothing is shown: it may be values. */
export function excerpt({ headers, body }: HttpResponse, redact: (text: string) => string): string {
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
