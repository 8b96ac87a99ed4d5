/**
 * An error response of the Platform API: `{ id, message, url? }` with its HTTP status.
 * @see https://devcenter.heroku.com/articles/platform-api-reference#errors
 */
export class ApiError extends Error {
  readonly status: number;
  readonly id: string;

  constructor(status: number, id: string, message: string) {
    super(message);
    this.status = status;
    this.id = id;
  }
}

export const badRequestError = (message: string): ApiError => new ApiError(400, 'bad_request', message);
export const unauthorizedError = (): ApiError => new ApiError(401, 'unauthorized', 'Invalid credentials provided.');
export const forbiddenError = (app: string): ApiError =>
  new ApiError(403, 'forbidden', `You do not have access to the app ${app}.`);
/** `resource` as in `Couldn't find that app.` */
export const notFoundError = (resource: string): ApiError =>
  new ApiError(404, 'not_found', `Couldn't find that ${resource}.`);
export const unknownPathError = (): ApiError =>
  new ApiError(404, 'not_found', 'The requested API endpoint was not found.');
export const notAcceptableError = (): ApiError =>
  new ApiError(
    406,
    'not_acceptable',
    'Set the header "Accept: application/vnd.heroku+json; version=3" and try the request again.',
  );
export const rangeNotSatisfiableError = (message: string): ApiError =>
  new ApiError(416, 'requested_range_not_satisfiable', message);
export const invalidParamsError = (message: string): ApiError => new ApiError(422, 'invalid_params', message);
export const rateLimitError = (): ApiError =>
  new ApiError(
    429,
    'rate_limit',
    'Your account reached the API rate limit. Please wait a few minutes before making new requests.',
  );
/** For what Heroku has and the sandbox lacks. */
export const notImplementedError = (endpoint: string): ApiError =>
  new ApiError(501, 'not_implemented', `Heroku has ${endpoint}, but @tozo/sandbox doesn't.`);
