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
  if (status < 400) return requestError(request, 'PROTOCOL', redirectText(request, response), details);
  const message = messageOf(response, redact);
  const code = codeOf(status, message);
  const advice =
    code === 'RATE_LIMITED' ? waitAdvice(headers) : code === 'FORBIDDEN' ? scopeAdvice(message) : undefined;
  return requestError(request, code, message, { ...details, ...(advice === undefined ? {} : { advice }) });
}

function waitAdvice(headers: HttpResponse['headers']): string | undefined {
  const wait = retryAfter(headers);
  return wait === undefined ? undefined : `Retry in ${Math.ceil(wait / 1000)} s.`;
}

/**
 * Returns what the token itself lacks, if GitLab says that: a scope, or a permission of a fine-grained token.
 * @see https://docs.gitlab.com/auth/tokens/fine_grained_access_tokens_rest/
 */
function scopeAdvice(message: string): string | undefined {
  if (message.startsWith('insufficient_granular_scope')) {
    const [, permission = 'Variable'] = /permissions?: \[([^\]]+)\]/.exec(message) ?? [];
    return `Add the permission "${permission}" for this project to the fine-grained token. A sync needs Variable: Create, Read, Update, and Delete to prune or hide.`;
  }
  if (message.startsWith('insufficient_scope')) return 'Use a token with the scope api: read_api is not enough.';
  return undefined;
}

/** Names the host, which is often a login page or the address that should have been used, but no path or query. */
function redirectText({ url }: RequestLine, { status, headers }: HttpResponse): string {
  const location = headers['location'] ?? '';
  const target = URL.canParse(location, url) ? ` to ${new URL(location, url).origin}` : '';
  return `returned ${status}, a redirect${target}, which is never followed`;
}

function codeOf(status: number, message: string): GitlabVariablesErrorCode {
  if (status >= 500) return 'SERVER_ERROR';
  if (status === 400) {
    if (message.includes('has already been taken')) return 'CONFLICT';
    return /Maximum number of .* exceeded/.test(message) ? 'LIMIT_REACHED' : 'VARIABLE_INVALID';
  }
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
