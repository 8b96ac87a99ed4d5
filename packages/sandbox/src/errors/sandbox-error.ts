/** Every way this package fails. Match on the code, never on the text. */
export type SandboxErrorCode =
  | 'OPTION_INVALID'
  | 'PORT_TAKEN'
  | 'STATE_UNWRITABLE'
  | 'STATE_FORMAT'
  | 'STATE_CORRUPT'
  | 'STATE_IN_USE'
  | 'START_FAILED'
  | 'START_TIMEOUT'
  | 'VERSION_MISMATCH'
  | 'NOT_RUNNING'
  | 'NOT_RESPONDING'
  | 'REQUEST_FAILED'
  | 'FAULTS_LEFT'
  | 'EXPECTATION_FAILED'
  | 'IMAGE_INVALID'
  | 'COMMAND_NOT_FOUND'
  | 'DOCKER_UNAVAILABLE';

/** The only error class of this package. `message` says what happened, to what, and what to do next. */
export class SandboxError extends Error {
  override readonly name = 'SandboxError';
  readonly code: SandboxErrorCode;

  constructor(code: SandboxErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
  }
}
