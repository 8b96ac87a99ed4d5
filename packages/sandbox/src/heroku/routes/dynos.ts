import { type ApiRoute, appOf, type Call, replyWithList } from '../api/call.ts';
import { notFoundError } from '../errors.ts';
import type { SupervisedDyno } from '../dynos/supervised-dyno.ts';
import { serializeDyno } from '../api/serialize.ts';

export const dynoRoutes: readonly ApiRoute[] = [
  {
    method: 'GET',
    pattern: '/apps/:app/dynos',
    handle: (call) => {
      const app = appOf(call);
      return replyWithList(
        call,
        app.dynos.list().map((dyno) => serializeDyno(app.record, dyno)),
        ['name', 'id'],
      );
    },
  },
  {
    method: 'GET',
    pattern: '/apps/:app/dynos/:dyno',
    handle: (call) => ({ status: 200, body: serializeDyno(appOf(call).record, dynoOf(call)) }),
  },
  {
    method: 'DELETE',
    pattern: '/apps/:app/dynos',
    handle: (call) => {
      appOf(call).dynos.restart();
      return { status: 202, body: {} };
    },
  },
  {
    method: 'DELETE',
    pattern: '/apps/:app/dynos/:dyno',
    handle: (call) => {
      const selected = dynoOf(call);
      appOf(call).dynos.restart((dyno) => dyno === selected);
      return { status: 202, body: {} };
    },
  },
];

/** Returns the dyno in the request's path, by name or ID. Throws the API's 404. */
function dynoOf(call: Call): SupervisedDyno {
  const identity = call.parameters['dyno'] ?? '';
  const dyno = appOf(call)
    .dynos.list()
    .find(({ id, plan }) => id === identity || plan.name === identity);
  if (!dyno) throw notFoundError('dyno');
  return dyno;
}
