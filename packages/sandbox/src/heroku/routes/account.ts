import type { ApiRoute } from '../api/call.ts';
import { accountView } from '../api/views.ts';

export const accountRoutes: readonly ApiRoute[] = [
  {
    method: 'GET',
    pattern: '/account',
    handle: ({ platform }) => ({ status: 200, body: accountView(platform.account) }),
  },
];
