import { type ApiRoute, appOf, type Call, listReply } from '../api/call.ts';
import { notFound } from '../errors.ts';
import type { SupervisedDyno } from '../dynos/supervised-dyno.ts';
import { dynoView } from '../api/views.ts';

export const dynoRoutes: readonly ApiRoute[] = [
  {
    method: 'GET',
    pattern: '/apps/:app/dynos',
    handle: (call) => {
      const app = appOf(call);
      return listReply(
        call,
        app.dynos.list().map((dyno) => dynoView(app.record, dyno)),
        ['name', 'id'],
      );
    },
  },
  {
    method: 'GET',
    pattern: '/apps/:app/dynos/:dyno',
    handle: (call) => ({ status: 200, body: dynoView(appOf(call).record, dynoOf(call)) }),
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
      const meant = dynoOf(call);
      appOf(call).dynos.restart((dyno) => dyno === meant);
      return { status: 202, body: {} };
    },
  },
];

/** The dyno that the path names, by name or id. */
function dynoOf(call: Call): SupervisedDyno {
  const identity = call.parameters['dyno'] ?? '';
  const dyno = appOf(call)
    .dynos.list()
    .find(({ id, plan }) => id === identity || plan.name === identity);
  if (!dyno) throw notFound('dyno');
  return dyno;
}
