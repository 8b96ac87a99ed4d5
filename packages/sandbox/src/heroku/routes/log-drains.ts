import { type ApiRoute, appOf, replyWithList } from '../api/call.ts';

/** The sandbox has no log drains: the list is empty. */
export const logDrainRoutes: readonly ApiRoute[] = [
  {
    method: 'GET',
    pattern: '/apps/:app/log-drains',
    handle: (call) => (appOf(call), replyWithList(call, [], ['id', 'url'])),
  },
];
