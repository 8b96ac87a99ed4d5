import type { Api } from '../transport/api.ts';
import type { RequestOptions } from './request-options.ts';
import { type Fields, objectOf } from './shape.ts';

/** @see https://devcenter.heroku.com/articles/platform-api-reference#account */
export interface Account {
  readonly id: string;
  readonly email: string;
  readonly verified: boolean;
  /** When it was suspended, ISO 8601; null if it wasn't. */
  readonly suspendedAt: string | null;
  /** When its payments became overdue, ISO 8601; null if they aren't. */
  readonly delinquentAt: string | null;
}

export interface AccountResource {
  /** Returns the API key's account. The cheapest way to check a key. */
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
