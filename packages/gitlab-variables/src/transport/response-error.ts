import {
  type GitlabVariablesError,
  type GitlabVariablesErrorCode,
  requestError,
  type RequestLine,
} from '../variable/errors.ts';
import { retryAfter } from './retry.ts';
import type { HttpResponse } from './undici.ts';

/** Returns the error for a response other than 2xx. @see https://docs.gitlab.com/api/rest/troubleshooting/#status-codes */
export function responseError(
  request: RequestLine,
  response: HttpResponse,
  redact: (text: string) => string,
): GitlabVariablesError {
  const { status, headers } = response;
  const details = { status, ...requestIdOf(response) };
  if (status < 400)
    return requestError(request, 'PROTOCOL', `returned ${status}, a redirect, which is never followed`, details);
  const message = messageOf(response, redact);
  const code = codeOf(status, message);
  const wait = code === 'RATE_LIMITED' ? retryAfter(headers) : undefined;
  return requestError(request, code, message, {
    ...details,
    ...(wait === undefined ? {} : { advice: `Retry in ${Math.ceil(wait / 1000)} s.` }),
  });
}

function codeOf(status: number, message: string): GitlabVariablesErrorCode {
  if (status >= 500) return 'SERVER_ERROR';
  if (status === 400) return message.includes('has already been taken') ? 'CONFLICT' : 'VARIABLE_INVALID';
  const codes: Readonly<Record<number, GitlabVariablesErrorCode>> = {
    401: 'UNAUTHORIZED',
    403: 'FORBIDDEN',
    404: 'NOT_FOUND',
    409: 'CONFLICT',
    429: 'RATE_LIMITED',
  };
  return codes[status] ?? 'PROTOCOL';
}

/** Reads `message` (a string, a list, or lists by field) or `error` of GitLab's JSON. */
function messageOf(response: HttpResponse, redact: (text: string) => string): string {
  let body: unknown;
  try {
    body = JSON.parse(response.body);
  } catch {
    return `returned ${response.status} ${describeBody(response, redact)}`;
  }
  const { message, error, error_description: description } = (body ?? {}) as Record<string, unknown>;
  const text = flatten(message) || [flatten(error), flatten(description)].filter(Boolean).join(': ');
  return text ? toLine(redact(text), 1_000) : `returned ${response.status} without a message`;
}

function flatten(value: unknown): string {
  if (typeof value === 'string') return value;
  if (Array.isArray(value)) return value.map(flatten).join(', ');
  if (typeof value !== 'object' || value === null) return '';
  return Object.entries(value)
    .map(([field, problems]) => `${field} ${flatten(problems)}`)
    .join('; ');
}

export function requestIdOf({ headers }: HttpResponse): { requestId?: string } {
  const requestId = headers['x-request-id'];
  return requestId ? { requestId } : {};
}

/** Describes a body that isn't GitLab's JSON. Quotes nothing of broken JSON, which may contain values. */
export function describeBody({ headers, body }: HttpResponse, redact: (text: string) => string): string {
  const type = toLine(headers['content-type']?.split(';')[0] ?? 'no content type', 80);
  if (/json/i.test(type)) return `with unreadable ${type}`;
  const text = toLine(redact(body).replace(/<(script|style)[\s\S]*?<\/\1>|<[^>]*>/gi, ' '), 160);
  return text ? `with ${type}: "${text}"` : 'with an empty body';
}

/** Returns one line without control characters, safe for terminals. */
function toLine(text: string, maxLength: number): string {
  const line = text.replace(/[\s\p{Cc}]+/gu, ' ').trim();
  return line.length > maxLength ? `${line.slice(0, maxLength)}…` : line;
}
