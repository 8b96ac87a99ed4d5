import { callError } from '../errors.ts';
import { Secret } from '../secret.ts';
import type { Interceptor } from './send.ts';

/** @throws HerokuError OPTIONS_INVALID if the key is missing or can't be sent in a header */
export function parseApiKey(key: string | undefined): Secret {
  if (typeof key !== 'string' || key === '') {
    throw callError('apiKey is missing or empty. Create a key with: heroku authorizations:create');
  }
  if (!/^[\x21-\x7e]+$/.test(key)) {
    throw callError('apiKey contains a space, a line break or another invalid character. Copy it again.');
  }
  return new Secret(key);
}

/** Adds `Authorization` to each request. */
export function authorization(key: Secret): Interceptor {
  return (next) => (request) =>
    next({ ...request, headers: { ...request.headers, authorization: `Bearer ${key.reveal()}` } });
}
