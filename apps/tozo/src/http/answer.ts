import { type OutgoingHttpHeaders, STATUS_CODES } from 'node:http';
import type { Fault } from '../todo.ts';

/** What a request is answered with; written out in one place. */
export interface Answer {
  readonly status: number;
  readonly headers: OutgoingHttpHeaders;
  readonly body: string | Buffer;
}

/**
 * A request that is not done, and why. The API answers it as JSON, the pages as a page:
 * `{ "error": { "code", "message", "details": [{ "path", "message" }] } }`.
 */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly status: number;
  /** For programs: `invalid`, `not_found`, … */
  readonly code: string;
  readonly details: readonly Fault[];
  readonly headers: OutgoingHttpHeaders;

  constructor(
    status: number,
    code: string,
    message: string,
    more: { details?: readonly Fault[]; headers?: OutgoingHttpHeaders; cause?: unknown } = {},
  ) {
    super(message, { cause: more.cause });
    this.status = status;
    this.code = code;
    this.details = more.details ?? [];
    this.headers = more.headers ?? {};
  }
}

export function json(status: number, value: unknown, headers: OutgoingHttpHeaders = {}): Answer {
  return {
    status,
    headers: { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store', ...headers },
    body: `${JSON.stringify(value)}\n`,
  };
}

export function page(status: number, body: string, headers: OutgoingHttpHeaders = {}): Answer {
  return {
    status,
    headers: { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store', ...headers },
    body,
  };
}

/** After a form was taken: the browser is sent on with a GET, so that reloading does not send the form again. */
export function seeOther(location: string): Answer {
  return { status: 303, headers: { location }, body: '' };
}

export function refusalAsJson({ status, code, message, details, headers }: Refusal): Answer {
  return json(status, { error: { code, message, ...(details.length > 0 ? { details } : {}) } }, headers);
}

export function statusText(status: number): string {
  return STATUS_CODES[status] ?? 'Error';
}
