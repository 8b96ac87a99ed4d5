/** Match on these codes, never on an error's message. */
export type GitlabVariablesErrorCode =
  | 'OPTIONS_INVALID'
  | 'HOST_REFUSED'
  | 'JOB_TOKEN'
  | 'VARIABLE_INVALID'
  | 'FILE_INVALID'
  | 'COMMAND_FAILED'
  | 'UNREACHABLE'
  | 'TIMEOUT'
  | 'ABORTED'
  | 'UNAUTHORIZED'
  | 'FORBIDDEN'
  | 'NOT_FOUND'
  | 'CONFLICT'
  | 'LIMIT_REACHED'
  | 'RATE_LIMITED'
  | 'SERVER_ERROR'
  | 'NOT_KEPT'
  | 'PROTOCOL';

export interface GitlabVariablesErrorDetails {
  /** The HTTP status, if there was a response. */
  readonly status?: number;
  /** GitLab's `X-Request-Id`, for its support. */
  readonly requestId?: string;
  readonly cause?: unknown;
}

/**
 * The only error class of this package. For a request, `message` reads `METHOD url: CODE: what the server said`, then what to
 * do next. It never contains the token or a variable's value.
 */
export class GitlabVariablesError extends Error {
  override readonly name = 'GitlabVariablesError';
  readonly code: GitlabVariablesErrorCode;
  readonly status?: number;
  readonly requestId?: string;

  constructor(code: GitlabVariablesErrorCode, message: string, details: GitlabVariablesErrorDetails = {}) {
    super(message, 'cause' in details ? { cause: details.cause } : undefined);
    this.code = code;
    if (details.status !== undefined) this.status = details.status;
    if (details.requestId !== undefined) this.requestId = details.requestId;
  }
}

const advice: Partial<Record<GitlabVariablesErrorCode, string>> = {
  UNREACHABLE: 'Check the host, the network and HTTPS_PROXY.',
  TIMEOUT: 'Retry later.',
  UNAUTHORIZED:
    'The token is wrong, expired or revoked. Use a valid one with the scope api, such as a project access token with the role Maintainer.',
  FORBIDDEN: "The token's user needs the role Maintainer in the project; Developers can't access CI/CD variables.",
  LIMIT_REACHED: 'Remove variables, or move some to the group or into one variable of type file.',
  NOT_FOUND: "Check the project and the name. GitLab also reports projects that the token can't access as not found.",
  CONFLICT: 'Read the variables again, then decide.',
  RATE_LIMITED: 'Retry later.',
  SERVER_ERROR: 'Retry later. See https://status.gitlab.com for incidents on GitLab.com.',
  NOT_KEPT: 'It may be too old for that. Remove the variable there, and what it exposed, or change the declaration.',
  PROTOCOL: 'A proxy or login page may have responded instead of GitLab: check the host and HTTPS_PROXY.',
};

export interface RequestLine {
  readonly method: string;
  readonly url: string;
}

/** Returns an error about one request. The advice comes from the code unless the caller provides its own. */
export function requestError(
  { method, url }: RequestLine,
  code: GitlabVariablesErrorCode,
  problem: string,
  details: GitlabVariablesErrorDetails & { readonly advice?: string } = {},
): GitlabVariablesError {
  const nextStep = details.advice ?? advice[code];
  const trace = details.requestId === undefined ? '' : ` (request ${details.requestId})`;
  const text = problem.trim();
  const sentence = /[.!?]$/.test(text) ? text : `${text}.`;
  return new GitlabVariablesError(
    code,
    `${method} ${url}: ${code}: ${sentence}${nextStep === undefined ? '' : ` ${nextStep}`}${trace}`,
    details,
  );
}

/** Returns the same error with one more sentence. */
export function withHint(error: GitlabVariablesError, hint: string): GitlabVariablesError {
  const { code, message, status, requestId } = error;
  return new GitlabVariablesError(code, `${message} ${hint}`, {
    cause: error,
    ...(status === undefined ? {} : { status }),
    ...(requestId === undefined ? {} : { requestId }),
  });
}
