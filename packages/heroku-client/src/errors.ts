/** Every reason for a failure of this package. Match on the code, never on the message. */
export type HerokuErrorCode =
  | 'OPTIONS_INVALID'
  | 'HOST_REFUSED'
  | 'UNREACHABLE'
  | 'TIMEOUT'
  | 'ABORTED'
  | 'UNAUTHORIZED'
  | 'FORBIDDEN'
  | 'TWO_FACTOR'
  | 'NOT_FOUND'
  | 'CONFLICT'
  | 'INVALID_PARAMS'
  | 'RATE_LIMITED'
  | 'SERVER_ERROR'
  | 'PROTOCOL';

/** What is known about a failure in addition to its code. */
export interface HerokuErrorDetails {
  /** The HTTP status, if there was a response. */
  readonly status?: number;
  /** Heroku's own name for the failure, such as `not_found` or `invalid_params`. */
  readonly id?: string;
  /** A page of Heroku's documentation about it. */
  readonly url?: string;
  /** Heroku's `Request-Id`, for its support. */
  readonly requestId?: string;
  readonly cause?: unknown;
}

/**
 * The only error class of this package. `message` reads `METHOD url: CODE: what the server said`, then what to do next. It
 * never contains the API key or a config var's value.
 */
export class HerokuError extends Error {
  override readonly name = 'HerokuError';
  readonly code: HerokuErrorCode;
  readonly status?: number;
  readonly id?: string;
  readonly url?: string;
  readonly requestId?: string;

  constructor(code: HerokuErrorCode, message: string, details: HerokuErrorDetails = {}) {
    super(message, 'cause' in details ? { cause: details.cause } : undefined);
    this.code = code;
    if (details.status !== undefined) this.status = details.status;
    if (details.id !== undefined) this.id = details.id;
    if (details.url !== undefined) this.url = details.url;
    if (details.requestId !== undefined) this.requestId = details.requestId;
  }
}

const advice: Partial<Record<HerokuErrorCode, string>> = {
  UNREACHABLE: 'Check the network, HTTPS_PROXY and https://status.heroku.com.',
  TIMEOUT: 'Retry; https://status.heroku.com shows whether Heroku is slow.',
  UNAUTHORIZED: 'Use a valid API key: create one for CI with heroku authorizations:create.',
  FORBIDDEN: "Give the key's account access, or use the key of an account that has it.",
  TWO_FACTOR: 'Use a key from heroku authorizations:create, which needs no second factor.',
  NOT_FOUND: "Check the name, and that the key's account has access.",
  CONFLICT: 'Something else is changing this: wait until it finishes, then retry.',
  RATE_LIMITED: 'The account has no requests left (4,500 an hour for all its keys): retry later.',
  SERVER_ERROR: 'Retry later; https://status.heroku.com shows whether Heroku has an incident.',
  PROTOCOL: 'Something other than Heroku may have responded: check HTTPS_PROXY and the base URL.',
};

/**
 * Returns an error about one request.
 * @param happened one sentence
 * @param details `advice` replaces the code's advice
 */
export function requestError(
  request: { readonly method: string; readonly url: string },
  code: HerokuErrorCode,
  happened: string,
  details: HerokuErrorDetails & { readonly advice?: string } = {},
): HerokuError {
  const next = details.advice ?? advice[code];
  const help = details.url === undefined ? '' : ` See ${details.url}.`;
  const trace = details.requestId === undefined ? '' : ` (request ${details.requestId})`;
  return new HerokuError(
    code,
    `${request.method} ${request.url}: ${code}: ${asSentence(happened)}${next === undefined ? '' : ` ${next}`}${help}${trace}`,
    details,
  );
}

/** Returns the same error with another sentence, which only the caller knows. */
export function withHint(error: HerokuError, hint: string): HerokuError {
  const { code, status, id, url, requestId } = error;
  return new HerokuError(code, `${error.message} ${hint}`, {
    cause: error,
    ...(status === undefined ? {} : { status }),
    ...(id === undefined ? {} : { id }),
    ...(url === undefined ? {} : { url }),
    ...(requestId === undefined ? {} : { requestId }),
  });
}

/** Returns an error about invalid arguments. Thrown before anything is sent. */
export function callError(message: string): HerokuError {
  return new HerokuError('OPTIONS_INVALID', message);
}

function asSentence(text: string): string {
  const trimmed = text.trim();
  return /[.!?]$/.test(trimmed) ? trimmed : `${trimmed}.`;
}
