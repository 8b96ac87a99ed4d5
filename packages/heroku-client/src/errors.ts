/** Every way in which this package fails. Match on the code, never on the text. */
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

/** What is known of a failure beyond its code. */
export interface HerokuErrorDetails {
  /** The HTTP status, when there was an answer. */
  readonly status?: number;
  /** Heroku's own name for the failure, such as `not_found` or `invalid_params`. */
  readonly id?: string;
  /** A page of Heroku's documentation about the failure. */
  readonly url?: string;
  /** Heroku's `Request-Id`; its support asks for it. */
  readonly requestId?: string;
  readonly cause?: unknown;
}

/**
 * The one error class of this package. `message` reads `METHOD url: CODE: what the server said`, then what to do next.
 * It never holds the API key or a config var's value.
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
  TIMEOUT: 'Try again; https://status.heroku.com tells whether Heroku is slow.',
  UNAUTHORIZED: 'Use a valid API key: heroku authorizations:create makes one for CI.',
  FORBIDDEN: "Give the key's account access to this, or use the key of an account that has it.",
  TWO_FACTOR: 'Use a key made by heroku authorizations:create, which needs no second factor.',
  NOT_FOUND: "Check the name, and that the key's account may see it.",
  CONFLICT: 'Something else is changing this; wait until it is done, then try again.',
  RATE_LIMITED: 'The account is out of requests (4,500 an hour for all its keys); try again later.',
  SERVER_ERROR: 'Try again later; https://status.heroku.com tells whether Heroku has an incident.',
  PROTOCOL: 'Something between here and Heroku may answer in its place: check HTTPS_PROXY and the base URL.',
};

/**
 * An error about one request. A sentence about what happened is required; the advice follows from the code unless the
 * caller knows better.
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
    `${request.method} ${request.url}: ${code}: ${sentence(happened)}${next === undefined ? '' : ` ${next}`}${help}${trace}`,
    details,
  );
}

/** The same error with a further sentence that only the caller can know. */
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

/** An error about how this package was called, thrown before anything is sent. */
export function callError(message: string): HerokuError {
  return new HerokuError('OPTIONS_INVALID', message);
}

function sentence(text: string): string {
  const trimmed = text.trim();
  return /[.!?]$/.test(trimmed) ? trimmed : `${trimmed}.`;
}
