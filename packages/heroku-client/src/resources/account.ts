import { type Fields, objectOf } from '../shape.ts';
import type { Api } from '../transport/api.ts';
import type { RequestOptions } from './request-options.ts';

/** Whose key this is. @see https://devcenter.heroku.com/articles/platform-api-reference#account */
export interface Account {
  readonly id: string;
  readonly email: string;
  readonly verified: boolean;
  /** When it was suspended or fell behind with payments, ISO 8601; null while all is well. */
  readonly suspendedAt: string | null;
  readonly delinquentAt: string | null;
}

export interface AccountResource {
  /** The account that the API key belongs to. The cheapest proof that the key is good. */
  get(options?: RequestOptions): Promise<Account>;
}

export function accountResource(api: Api): AccountResource {
  return {
    get: (options = {}) => api.call({ method: 'GET', path: '/account', ...options }, objectOf(readAccount)),
  };
}

function readAccount(fields: Fields): Account {
  return {
    id: fields.string('id'),
    email: fields.string('email'),
    verified: fields.boolean('verified'),
    suspendedAt: fields.nullable('suspended_at', (it) => it.string('suspended_at')),
    delinquentAt: fields.nullable('delinquent_at', (it) => it.string('delinquent_at')),
  };
}
