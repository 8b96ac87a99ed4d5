import type { ApiRoute } from '../api/call.ts';
import { serializeAccount } from '../api/serialize.ts';

export const accountRoutes: readonly ApiRoute[] = [
  {
    method: 'GET',
    pattern: '/account',
    handle: ({ platform }) => ({ status: 200, body: serializeAccount(platform.account) }),
  },
];
