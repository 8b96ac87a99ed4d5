import type { Api } from '../transport/api.ts';
import type { RequestOptions } from './request-options.ts';
import { objectOf } from './shape.ts';

/** @see https://devcenter.heroku.com/articles/platform-api-reference#rate-limit */
export interface RateLimit {
  /** The requests that the account may send now. Heroku refills 4,500 an hour, one by one, up to 4,500. */
  readonly remaining: number;
}

export interface RateLimitResource {
  /** Returns the account's rate limit. This request doesn't count. */
  get(options?: RequestOptions): Promise<RateLimit>;
}

export function rateLimitResource(api: Api): RateLimitResource {
  return {
    get: (options = {}) =>
      api.call(
        { method: 'GET', path: '/account/rate-limits', ...options },
        objectOf((fields) => ({ remaining: fields.integer('remaining') })),
      ),
  };
}
