import { type ApiRoute, appOf, type Call, replyWithList } from '../api/call.ts';
import { notFoundError } from '../errors.ts';
import { uuidOf } from '../state/model.ts';

/** The host names of an app: its own one. */
export const domainRoutes: readonly ApiRoute[] = [
  {
    method: 'GET',
    pattern: '/apps/:app/domains',
    handle: (call) => replyWithList(call, [serializeOwnDomain(call)], ['hostname', 'id']),
  },
  {
    method: 'GET',
    pattern: '/apps/:app/domains/:domain',
    handle: (call) => {
      const domain = serializeOwnDomain(call);
      if (![domain.id, domain.hostname].includes(call.parameters['domain'] ?? '')) throw notFoundError('domain');
      return { status: 200, body: domain };
    },
  },
];

/** The sandbox's apps are at a port of 127.0.0.1. */
function serializeOwnDomain(call: Call) {
  const { record, address } = appOf(call);
  return {
    id: uuidOf(`domain ${record.id}`),
    acm_status: null,
    acm_status_reason: null,
    app: { id: record.id, name: record.name },
    cname: null,
    created_at: record.createdAt,
    hostname: new URL(address.url).host,
    kind: 'heroku',
    sni_endpoint: null,
    status: 'succeeded',
    updated_at: record.createdAt,
  };
}
