/** Error codes of the OCI distribution specification (section "Error Codes"), and UNKNOWN, which Docker's registry adds. */
export type RefusalCode =
  | 'BLOB_UNKNOWN'
  | 'BLOB_UPLOAD_INVALID'
  | 'BLOB_UPLOAD_UNKNOWN'
  | 'DENIED'
  | 'DIGEST_INVALID'
  | 'MANIFEST_BLOB_UNKNOWN'
  | 'MANIFEST_INVALID'
  | 'MANIFEST_UNKNOWN'
  | 'NAME_INVALID'
  | 'NAME_UNKNOWN'
  | 'PAGINATION_NUMBER_INVALID'
  | 'RANGE_INVALID'
  | 'SIZE_INVALID'
  | 'TAG_INVALID'
  | 'UNAUTHORIZED'
  | 'UNKNOWN'
  | 'UNSUPPORTED';

const statuses: Readonly<Record<RefusalCode, number>> = {
  BLOB_UNKNOWN: 404,
  // As Docker's registry sends it.
  BLOB_UPLOAD_INVALID: 404,
  BLOB_UPLOAD_UNKNOWN: 404,
  DENIED: 403,
  DIGEST_INVALID: 400,
  MANIFEST_BLOB_UNKNOWN: 400,
  MANIFEST_INVALID: 400,
  MANIFEST_UNKNOWN: 404,
  NAME_INVALID: 400,
  NAME_UNKNOWN: 404,
  PAGINATION_NUMBER_INVALID: 400,
  RANGE_INVALID: 416,
  SIZE_INVALID: 400,
  TAG_INVALID: 400,
  UNAUTHORIZED: 401,
  UNKNOWN: 503,
  UNSUPPORTED: 405,
};

export interface RefusalOptions {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly detail?: unknown;
}

/** An error response: thrown anywhere in the registry, sent only by its handler. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** The response body; empty where registry.heroku.com sends none. */
  readonly body: string;

  constructor(code: RefusalCode, message: string, options: RefusalOptions = {}) {
    super(message);
    this.status = options.status ?? statuses[code];
    this.headers = { 'content-type': 'application/json; charset=utf-8', ...options.headers };
    this.body = JSON.stringify({ errors: [{ code, message, detail: options.detail ?? null }] });
  }
}

/** A response with only a status. */
export class SilentRefusal extends Error {
  override readonly name = 'SilentRefusal';
  readonly status: number;
  readonly headers: Readonly<Record<string, string>> = {};
  readonly body = '';

  constructor(status: number, reason: string) {
    super(reason);
    this.status = status;
  }
}
