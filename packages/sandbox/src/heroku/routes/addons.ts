import { type ApiRoute, appOf, type Call, replyWithList } from '../api/call.ts';

/** The sandbox has no add-ons, TLS endpoints of apps or buildpacks: the lists are empty. */
export const addonRoutes: readonly ApiRoute[] = [
  { method: 'GET', pattern: '/addons', handle: replyWithNone },
  { method: 'GET', pattern: '/addon-attachments', handle: replyWithNone },
  { method: 'GET', pattern: '/apps/:app/addons', handle: (call) => (appOf(call), replyWithNone(call)) },
  { method: 'GET', pattern: '/apps/:app/addon-attachments', handle: (call) => (appOf(call), replyWithNone(call)) },
  { method: 'GET', pattern: '/apps/:app/sni-endpoints', handle: (call) => (appOf(call), replyWithNone(call)) },
  {
    method: 'GET',
    pattern: '/apps/:app/buildpack-installations',
    handle: (call) => (appOf(call), replyWithNone(call)),
  },
];

function replyWithNone(call: Call) {
  return replyWithList(call, [], ['id', 'name']);
}
