/** Match on these codes, never on an error's message. */
export type InfrastructureErrorCode =
  | 'OPTIONS_INVALID'
  | 'FILE_INVALID'
  | 'FILE_UNWRITABLE'
  | 'SYNTH_FAILED'
  | 'PEER_INVALID'
  | 'PROGRAM_MISSING'
  | 'PROGRAM_FAILED'
  | 'TERRAFORM_UNUSABLE'
  | 'SETTINGS_INVALID'
  | 'ACCESS_DENIED'
  | 'STATE_LOCKED'
  | 'STATE_INVALID'
  | 'DESTROY_REFUSED'
  | 'TERRAFORM_FAILED';

/** The only error class of this package. `message` says what happened, to what, and what to do next. */
export class InfrastructureError extends Error {
  override readonly name = 'InfrastructureError';
  readonly code: InfrastructureErrorCode;

  constructor(code: InfrastructureErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
  }
}
