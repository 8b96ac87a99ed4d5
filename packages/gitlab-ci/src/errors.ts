/** What went wrong. The list is closed: a new code is a new member. */
export type GitLabCiErrorCode = 'ENVIRONMENT_NAME' | 'GIT' | 'PIPELINE_INVALID';

/** The error of this package. Its message says what happened, to what, and what to do next. */
export class GitLabCiError extends Error {
  override readonly name = 'GitLabCiError';
  readonly code: GitLabCiErrorCode;

  constructor(code: GitLabCiErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
