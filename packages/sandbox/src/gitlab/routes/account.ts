import type { ApiRoute } from '../call.ts';
import { notFoundError, unauthorizedError } from '../errors.ts';
import { isFound } from '../listing.ts';
import { namespaceOf, namespacesOf, user } from '../namespaces.ts';
import { pagedReply } from '../paging.ts';

const version = { version: '19.1.0-ee', revision: 'sandbox' };

/** The server's version, the token and its user. @see https://docs.gitlab.com/api/personal_access_tokens/ */
export const accountRoutes: readonly ApiRoute[] = [
  { method: 'GET', pattern: '/api/v4/version', handle: () => ({ status: 200, body: version }) },
  {
    method: 'GET',
    pattern: '/api/v4/metadata',
    handle: () => ({ status: 200, body: { ...version, enterprise: true } }),
  },
  { method: 'GET', pattern: '/api/v4/user', handle: () => ({ status: 200, body: user }) },
  {
    method: 'GET',
    pattern: '/api/v4/personal_access_tokens/self',
    handle: ({ caller }) => {
      if (caller.kind !== 'person') throw unauthorizedError();
      const { scopes = ['api'], permissions } = caller.token;
      const body = { id: 1, name: 'sandbox', revoked: false, active: true, user_id: user.id, expires_at: null };
      return { status: 200, body: { ...body, scopes: permissions ? ['granular'] : scopes } };
    },
  },
  {
    method: 'GET',
    pattern: '/api/v4/namespaces',
    lacks: ['full_path_search', 'owned_only', 'top_level_only'],
    handle: (call) => {
      const search = call.query.get('search') ?? undefined;
      const found = namespacesOf(call).filter(({ name, path }) => isFound(search, [name, path]));
      return pagedReply(found, call.query, call.url);
    },
  },
  {
    method: 'GET',
    pattern: '/api/v4/namespaces/:namespace',
    handle: (call) => {
      const identity = call.parameters['namespace'] ?? '';
      const namespace =
        namespacesOf(call).find(({ full_path: path }) => path === identity) ?? namespaceOf(call, Number(identity));
      if (!namespace) throw notFoundError('Namespace');
      return { status: 200, body: namespace };
    },
  },
];
