import { type OutgoingHttpHeaders, STATUS_CODES } from 'node:http';
import type { Problem } from '../todo.ts';

/** A response, which app.ts writes. */
export interface HttpResponse {
  readonly status: number;
  readonly headers: OutgoingHttpHeaders;
  readonly body: string | Buffer;
}

/**
 * An error response. The API sends it as JSON, `{ "error": { "code", "message", "details": [{ "path", "message" }] } }`, and the
 * pages as HTML.
 */
export class HttpError extends Error {
  override readonly name = 'HttpError';
  readonly status: number;
  /** For programs, such as `invalid` or `not_found`. */
  readonly code: string;
  readonly details: readonly Problem[];
  readonly headers: OutgoingHttpHeaders;

  constructor(
    status: number,
    code: string,
    message: string,
    more: { details?: readonly Problem[]; headers?: OutgoingHttpHeaders; cause?: unknown } = {},
  ) {
    super(message, { cause: more.cause });
    this.status = status;
    this.code = code;
    this.details = more.details ?? [];
    this.headers = more.headers ?? {};
  }
}

export function json(status: number, value: unknown, headers: OutgoingHttpHeaders = {}): HttpResponse {
  return {
    status,
    headers: { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store', ...headers },
    body: `${JSON.stringify(value)}\n`,
  };
}

export function page(status: number, body: string, headers: OutgoingHttpHeaders = {}): HttpResponse {
  return {
    status,
    headers: { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store', ...headers },
    body,
  };
}

/** Redirects the browser to a GET after a form, so a reload doesn't send the form again. */
export function seeOther(location: string): HttpResponse {
  return { status: 303, headers: { location }, body: '' };
}

export function errorJson({ status, code, message, details, headers }: HttpError): HttpResponse {
  return json(status, { error: { code, message, ...(details.length > 0 ? { details } : {}) } }, headers);
}

export function statusText(status: number): string {
  return STATUS_CODES[status] ?? 'Error';
}
