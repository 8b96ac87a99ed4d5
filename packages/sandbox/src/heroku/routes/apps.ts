import { isRecord } from '../../http/exchange.ts';
import { type ApiRoute, appOf, bodyOf, listReply, optionalBoolean, optionalString } from '../api/call.ts';
import { invalidParams } from '../errors.ts';
import { appView } from '../api/views.ts';

const stacks = ['container', 'heroku-22', 'heroku-24', 'heroku-26'];
const regions = ['us', 'eu'];

export const appRoutes: readonly ApiRoute[] = [
  {
    method: 'POST',
    pattern: '/apps',
    handle: async (call) => {
      const body = await bodyOf(call);
      const stack = nameOf(body['stack'], 'stack') ?? 'heroku-24';
      if (!stacks.includes(stack)) throw invalidParams(`Stack ${stack} is not one of ${stacks.join(', ')}.`);
      const region = nameOf(body['region'], 'region') ?? 'us';
      if (!regions.includes(region)) throw invalidParams(`Region ${region} is not one of ${regions.join(', ')}.`);
      const app = await call.platform.createApp(optionalString(body, 'name'), stack);
      return { status: 201, body: appView(app, call.platform) };
    },
  },
  {
    method: 'GET',
    pattern: '/apps',
    handle: (call) => {
      const apps = call.platform.apps().map((app) => appView(app, call.platform));
      return listReply(call, apps, ['name', 'id', 'updated_at']);
    },
  },
  {
    method: 'GET',
    pattern: '/apps/:app',
    handle: (call) => ({ status: 200, body: appView(appOf(call), call.platform) }),
  },
  {
    method: 'PATCH',
    pattern: '/apps/:app',
    handle: async (call) => {
      const app = appOf(call);
      const body = await bodyOf(call);
      const name = optionalString(body, 'name');
      const maintenance = optionalBoolean(body, 'maintenance');
      const stack = nameOf(body['build_stack'], 'build_stack');
      if (stack !== undefined && !stacks.includes(stack)) {
        throw invalidParams(`Stack ${stack} is not one of ${stacks.join(', ')}.`);
      }
      if (name !== undefined && name !== app.record.name) {
        call.platform.assertNameIsFree(name);
        app.record.name = name;
      }
      if (stack !== undefined) app.record.stack = stack;
      if (maintenance !== undefined) app.setMaintenance(maintenance);
      app.save();
      return { status: 200, body: appView(app, call.platform) };
    },
  },
  {
    method: 'DELETE',
    pattern: '/apps/:app',
    handle: async (call) => {
      const app = appOf(call);
      const body = appView(app, call.platform);
      await call.platform.deleteApp(app);
      return { status: 200, body };
    },
  },
  {
    method: 'GET',
    pattern: '/apps/:app/features/preboot',
    handle: (call) => ({ status: 200, body: prebootView(appOf(call).record) }),
  },
  {
    method: 'PATCH',
    pattern: '/apps/:app/features/preboot',
    handle: async (call) => {
      const app = appOf(call);
      const enabled = optionalBoolean(await bodyOf(call), 'enabled');
      if (enabled === undefined) throw invalidParams('enabled must be true or false.');
      app.record.preboot = enabled;
      app.save();
      return { status: 200, body: prebootView(app.record) };
    },
  },
];

function prebootView(record: { readonly preboot: boolean; readonly createdAt: string; readonly updatedAt: string }) {
  return {
    id: '5b3ac7c4-6e1a-4f0e-8f5b-0a2c3a9f6d10',
    name: 'preboot',
    display_name: 'Preboot',
    description: 'Start new web dynos before the old ones are stopped.',
    doc_url: 'https://devcenter.heroku.com/articles/preboot',
    enabled: record.preboot,
    feedback_email: 'sandbox@example.com',
    state: 'general',
    created_at: record.createdAt,
    updated_at: record.updatedAt,
  };
}

/** A stack or region, given by name or as `{ name }`. */
function nameOf(value: unknown, field: string): string | undefined {
  if (value === undefined || value === null) return undefined;
  const name = isRecord(value) ? value['name'] : value;
  if (typeof name !== 'string') throw invalidParams(`${field} must be a name.`);
  return name;
}
