/** The codes of HerokuErrors after which Heroku has certainly changed nothing. */
const refusals = new Set([
  'OPTIONS_INVALID',
  'HOST_REFUSED',
  'UNAUTHORIZED',
  'FORBIDDEN',
  'TWO_FACTOR',
  'NOT_FOUND',
  'CONFLICT',
  'INVALID_PARAMS',
  'RATE_LIMITED',
]);

/** Returns whether a request that failed with this code has certainly changed nothing. */
export function isCertainRefusal(code: string): boolean {
  return refusals.has(code);
}
