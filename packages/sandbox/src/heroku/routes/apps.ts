import { isRecord } from '../../http/exchange.ts';
import type { App } from '../apps/app.ts';
import {
  type ApiRoute,
  appOf,
  bodyOf,
  type Call,
  replyWithList,
  readOptionalBoolean,
  readOptionalString,
} from '../api/call.ts';
import { defaultStack, regions, stackNames } from '../api/catalog.ts';
import { isProfessional } from '../state/dyno-limits.ts';
import { invalidParamsError, notFoundError, notImplementedError } from '../errors.ts';
import { serializeApp } from '../api/serialize.ts';

const regionNames = regions.map(({ name }) => name);

/** What Heroku keeps of an app, its teams and spaces, and the sandbox doesn't. */
const lackedFields = ['feature_flags', 'internal_routing', 'locked', 'personal', 'space', 'team'];

export const appRoutes: readonly ApiRoute[] = [
  {
    method: 'POST',
    pattern: '/apps',
    handle: async (call) => {
      const body = await bodyOf(call);
      assertNoneOf(body, lackedFields, 'POST /apps');
      const stack = readName(body['stack'], 'stack') ?? defaultStack;
      if (!stackNames.includes(stack))
        throw invalidParamsError(`Stack ${stack} is not one of ${stackNames.join(', ')}.`);
      const region = readName(body['region'], 'region') ?? 'us';
      if (!regionNames.includes(region))
        throw invalidParamsError(`Region ${region} is not one of ${regionNames.join(', ')}.`);
      const app = await call.platform.createApp(readOptionalString(body, 'name'), stack, region);
      return { status: 201, body: serializeApp(app, call.platform) };
    },
  },
  {
    method: 'GET',
    pattern: '/apps',
    handle: (call) => {
      const apps = call.platform.apps().map((app) => serializeApp(app, call.platform));
      return replyWithList(call, apps, ['name', 'id', 'updated_at']);
    },
  },
  {
    method: 'GET',
    pattern: '/apps/:app',
    handle: (call) => ({ status: 200, body: serializeApp(appOf(call), call.platform) }),
  },
  {
    method: 'PATCH',
    pattern: '/apps/:app',
    handle: async (call) => {
      const app = appOf(call);
      const body = await bodyOf(call);
      assertNoneOf(body, ['region', ...lackedFields], 'PATCH /apps/:app');
      const name = readOptionalString(body, 'name');
      const maintenance = readOptionalBoolean(body, 'maintenance');
      const stack = readName(body['build_stack'], 'build_stack');
      if (stack !== undefined && !stackNames.includes(stack)) {
        throw invalidParamsError(`Stack ${stack} is not one of ${stackNames.join(', ')}.`);
      }
      if (name !== undefined && name !== app.record.name) {
        call.platform.assertNameIsFree(name);
        app.record.name = name;
      }
      if (stack !== undefined) app.record.stack = stack;
      if (maintenance !== undefined) app.setMaintenance(maintenance);
      app.save();
      return { status: 200, body: serializeApp(app, call.platform) };
    },
  },
  {
    method: 'DELETE',
    pattern: '/apps/:app',
    handle: async (call) => {
      const app = appOf(call);
      const body = serializeApp(app, call.platform);
      await call.platform.deleteApp(app);
      return { status: 200, body };
    },
  },
  {
    method: 'GET',
    pattern: '/apps/:app/features',
    handle: (call) => replyWithList(call, [serializePreboot(appOf(call).record)], ['name', 'id']),
  },
  {
    method: 'GET',
    pattern: '/apps/:app/features/:feature',
    handle: (call) => ({ status: 200, body: serializePreboot(appWithPreboot(call).record) }),
  },
  {
    method: 'PATCH',
    pattern: '/apps/:app/features/:feature',
    handle: async (call) => {
      const app = appWithPreboot(call);
      const enabled = readOptionalBoolean(await bodyOf(call), 'enabled');
      if (enabled === undefined) throw invalidParamsError('enabled must be true or false.');
      const web = app.record.formation.find(({ type }) => type === 'web');
      if (enabled && web && !isProfessional(web.size)) {
        throw invalidParamsError(`Preboot is not available for ${web.size} dynos.`);
      }
      app.record.preboot = enabled;
      app.save();
      return { status: 200, body: serializePreboot(app.record) };
    },
  },
];

const prebootId = '5b3ac7c4-6e1a-4f0e-8f5b-0a2c3a9f6d10';

/** Throws the API's 404 for other features: the sandbox has one. */
function appWithPreboot(call: Call): App {
  const app = appOf(call);
  if (!['preboot', prebootId].includes(call.parameters['feature'] ?? '')) throw notFoundError('feature');
  return app;
}

function serializePreboot(record: {
  readonly preboot: boolean;
  readonly createdAt: string;
  readonly updatedAt: string;
}) {
  return {
    id: prebootId,
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

/** Throws 501 for a field that would have an effect on Heroku, rather than dropping it. */
function assertNoneOf(body: Readonly<Record<string, unknown>>, fields: readonly string[], endpoint: string): void {
  const isSet = (value: unknown): boolean => Boolean(value) && !(Array.isArray(value) && value.length === 0);
  const found = fields.find((field) => isSet(body[field]));
  if (found !== undefined) throw notImplementedError(`${found} in ${endpoint}`);
}

/** Reads a stack or region: its name, or `{ name }`. */
function readName(value: unknown, field: string): string | undefined {
  if (value === undefined || value === null) return undefined;
  const name = isRecord(value) ? value['name'] : value;
  if (typeof name !== 'string') throw invalidParamsError(`${field} must be a name.`);
  return name;
}
