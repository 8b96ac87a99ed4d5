/** Every way in which this package fails. Match on the code, never on the text. */
export type GitlabVariablesErrorCode =
  | 'OPTIONS_INVALID'
  | 'HOST_REFUSED'
  | 'JOB_TOKEN'
  | 'VARIABLE_INVALID'
  | 'FILE_INVALID'
  | 'UNREACHABLE'
  | 'TIMEOUT'
  | 'ABORTED'
  | 'UNAUTHORIZED'
  | 'FORBIDDEN'
  | 'NOT_FOUND'
  | 'CONFLICT'
  | 'RATE_LIMITED'
  | 'SERVER_ERROR'
  | 'PROTOCOL';

/** What is known of a failure beyond its code. */
export interface GitlabVariablesErrorDetails {
  /** The HTTP status, when there was an answer. */
  readonly status?: number;
  /** GitLab's `X-Request-Id`; its support asks for it. */
  readonly requestId?: string;
  readonly cause?: unknown;
}

/**
 * The one error class of this package. About a request, `message` reads `METHOD url: CODE: what the server said`, then what
 * to do next. It never holds the token or a variable's value.
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
  TIMEOUT: 'Try again later.',
  UNAUTHORIZED: 'Use a valid token with the scope api: a project access token with the role Maintainer is enough.',
  FORBIDDEN: 'CI/CD variables need the role Maintainer and a token with the scope api.',
  NOT_FOUND: 'Check the project and the name; a project that the token may not see is not found either.',
  CONFLICT: 'Read the variables again before you decide what to do.',
  RATE_LIMITED: 'Try again later.',
  SERVER_ERROR: 'Try again later; https://status.gitlab.com tells of incidents of GitLab.com.',
  PROTOCOL: 'Something between here and GitLab may answer in its place: check the host and HTTPS_PROXY.',
};

/** What an error tells of the request that it is about. */
export interface RequestLine {
  readonly method: string;
  readonly url: string;
}

/** An error about one request; the advice follows from the code unless the caller knows better. */
export function requestError(
  { method, url }: RequestLine,
  code: GitlabVariablesErrorCode,
  happened: string,
  details: GitlabVariablesErrorDetails & { readonly advice?: string } = {},
): GitlabVariablesError {
  const next = details.advice ?? advice[code];
  const trace = details.requestId === undefined ? '' : ` (request ${details.requestId})`;
  const said = happened.trim();
  const sentence = /[.!?]$/.test(said) ? said : `${said}.`;
  return new GitlabVariablesError(
    code,
    `${method} ${url}: ${code}: ${sentence}${next === undefined ? '' : ` ${next}`}${trace}`,
    details,
  );
}

/** The same error with a further sentence that only the caller can know. */
export function withHint(error: GitlabVariablesError, hint: string): GitlabVariablesError {
  const { code, message, status, requestId } = error;
  return new GitlabVariablesError(code, `${message} ${hint}`, {
    cause: error,
    ...(status === undefined ? {} : { status }),
    ...(requestId === undefined ? {} : { requestId }),
  });
}
