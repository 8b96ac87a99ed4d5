import type { ApiRoute } from '../call.ts';
import { accountView } from '../views.ts';

export const accountRoutes: readonly ApiRoute[] = [
  {
    method: 'GET',
    pattern: '/account',
    handle: ({ platform }) => ({ status: 200, body: accountView(platform.account) }),
  },
];
