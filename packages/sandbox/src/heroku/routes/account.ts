import { type ApiRoute, bodyOf, type Call, readOptionalBoolean, replyWithList } from '../api/call.ts';
import { serializeAccount, serializeApp } from '../api/serialize.ts';
import { invalidParamsError, notFoundError } from '../errors.ts';

/** The sandbox's only user has no teams, no add-ons and no experimental features. */
export const accountRoutes: readonly ApiRoute[] = [
  {
    method: 'GET',
    pattern: '/account',
    handle: ({ platform }) => ({ status: 200, body: serializeAccount(platform.account) }),
  },
  { method: 'GET', pattern: '/account/features', handle: (call) => replyWithList(call, [], ['name', 'id']) },
  {
    method: 'GET',
    pattern: '/account/features/:feature',
    handle: () => {
      throw notFoundError('account feature');
    },
  },
  {
    method: 'PATCH',
    pattern: '/account/features/:feature',
    handle: async (call) => {
      if (readOptionalBoolean(await bodyOf(call), 'enabled') === undefined) {
        throw invalidParamsError('enabled must be true or false.');
      }
      throw notFoundError('account feature');
    },
  },
  { method: 'GET', pattern: '/teams', handle: (call) => replyWithList(call, [], ['name', 'id']) },
  {
    method: 'GET',
    pattern: '/users/:account',
    handle: (call) => {
      assertOwnAccount(call);
      return { status: 200, body: serializeAccount(call.platform.account) };
    },
  },
  {
    method: 'GET',
    pattern: '/users/:account/addons',
    handle: (call) => {
      assertOwnAccount(call);
      return replyWithList(call, [], ['id', 'name']);
    },
  },
  {
    method: 'GET',
    pattern: '/users/:account/apps',
    handle: (call) => {
      assertOwnAccount(call);
      const apps = call.platform.apps().map((app) => serializeApp(app, call.platform));
      return replyWithList(call, apps, ['name', 'id', 'updated_at']);
    },
  },
];

/** Throws the API's 404 unless the path names the key's owner: by `~`, ID or email. */
export function assertOwnAccount({ platform, parameters }: Call): void {
  const { id, email } = platform.account;
  if (!['~', id, email].includes(parameters['account'] ?? '')) throw notFoundError('user');
}
