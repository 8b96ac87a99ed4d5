import { callError } from '../errors.ts';
import { redact } from './redact.ts';
import type { Interceptor } from './send.ts';

/** The API key: no inspection, JSON or error shows it. */
export class ApiKey {
  readonly #key: string;

  /** @throws HerokuError OPTIONS_INVALID when it is empty or could not stand in a header */
  constructor(key: string) {
    if (typeof key !== 'string' || key === '') {
      throw callError('apiKey is empty. Make a key with: heroku authorizations:create');
    }
    if (!/^[\x21-\x7e]+$/.test(key)) {
      throw callError('apiKey holds a space, a line break or a character that no key has; was it copied whole?');
    }
    this.#key = key;
  }

  /** Adds `Authorization` to each request. */
  authorize(): Interceptor {
    return (next) => (request) =>
      next({ ...request, headers: { ...request.headers, authorization: `Bearer ${this.#key}` } });
  }

  /** Cuts the key, and further secrets, out of a text that came from elsewhere. */
  redact(text: string, secrets: readonly string[] = []): string {
    return redact(text, [this.#key, ...secrets]);
  }
}
