/** What went wrong. The list is closed: a new code is a new member. */
export type InitErrorCode =
  | 'PROJECT_MISSING'
  | 'MANIFEST_INVALID'
  | 'MANAGER_UNSUPPORTED'
  | 'APP_UNKNOWN'
  | 'PEER_UNFIT'
  | 'SOURCE_INVALID'
  | 'UNCOMMITTED'
  | 'WRITE_FAILED';

/** The error of this package. Its message says what happened, to what, and what to do next. Nothing was written. */
export class InitError extends Error {
  override readonly name = 'InitError';
  readonly code: InitErrorCode;

  constructor(code: InitErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
