import { type ApiRoute, appOf, type Call, replyWithList } from '../api/call.ts';
import { serializeDyno } from '../api/serialize.ts';
import type { App } from '../apps/app.ts';
import type { OneOffDyno } from '../dynos/one-off-dyno.ts';
import type { SupervisedDyno } from '../dynos/supervised-dyno.ts';
import { notFoundError } from '../errors.ts';

type AnyDyno = SupervisedDyno | OneOffDyno;

const accepted = { status: 202, body: {} };

export const dynoRoutes: readonly ApiRoute[] = [
  {
    method: 'GET',
    pattern: '/apps/:app/dynos',
    handle: (call) => {
      const app = appOf(call);
      const dynos = dynosOf(app).map((dyno) => serializeDyno(app.record, dyno));
      return replyWithList(call, dynos, ['name', 'id']);
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
      return accepted;
    },
  },
  { method: 'DELETE', pattern: '/apps/:app/dynos/:dyno', handle: restartDyno },
  // The dyno manager restarts stopped dynos of the formation; one-off dynos end.
  { method: 'POST', pattern: '/apps/:app/dynos/:dyno/actions/stop', handle: restartDyno },
  { method: 'DELETE', pattern: '/apps/:app/formations/:type', handle: restartType },
  { method: 'POST', pattern: '/apps/:app/formations/:type/actions/stop', handle: restartType },
];

function restartDyno(call: Call) {
  const selected = dynoOf(call);
  restart(appOf(call), (dyno) => dyno === selected);
  return accepted;
}

function restartType(call: Call) {
  const app = appOf(call);
  const { type } = call.parameters;
  const isKnown = app.record.formation.some((known) => known.type === type);
  if (!isKnown && !dynosOf(app).some(({ plan }) => plan.type === type)) throw notFoundError('process type');
  restart(app, ({ plan }) => plan.type === type);
  return accepted;
}

function restart(app: App, isSelected: (dyno: AnyDyno) => boolean): void {
  app.dynos.restart(isSelected);
  void app.oneOffs.stop(isSelected);
}

function dynosOf(app: App): AnyDyno[] {
  return [...app.dynos.list(), ...app.oneOffs.list()];
}

/** Returns the dyno in the request's path, by name or ID. Throws the API's 404. */
function dynoOf(call: Call): AnyDyno {
  const identity = call.parameters['dyno'] ?? '';
  const dyno = dynosOf(appOf(call)).find(({ id, plan }) => id === identity || plan.name === identity);
  if (!dyno) throw notFoundError('dyno');
  return dyno;
}
