import { callError, HerokuError } from '../errors.ts';
import type { Api } from '../transport/api.ts';
import type { Clock } from '../transport/clock.ts';
import { pollForEffect, settle } from '../transport/settle.ts';
import { appPath, assertAppName } from './names.ts';
import { type RequestOptions, startDeadline } from './request-options.ts';
import { type Fields, objectOf } from './shape.ts';

/** @see https://devcenter.heroku.com/articles/platform-api-reference#app */
export interface App {
  readonly id: string;
  readonly name: string;
  /** The app's URL, with a trailing slash. It doesn't follow from the name; null if the app has none. */
  readonly webUrl: string | null;
  /** The stack it runs on; `container` for images. */
  readonly stack: string;
  /** The stack of its next build. */
  readonly buildStack: string;
  readonly maintenance: boolean;
  /** `cedar` or `fir`; null if the API doesn't say. */
  readonly generation: string | null;
  readonly region: string;
  /** The name of its private space. */
  readonly space: string | null;
  /** ISO 8601. */
  readonly createdAt: string;
  /** ISO 8601; null before the first release. */
  readonly releasedAt: string | null;
}

export interface NewApp {
  /** Default: a name that Heroku generates. */
  readonly name?: string;
  readonly stack?: string;
  /** `us` or `eu`; Heroku's default is `us`. */
  readonly region?: string;
}

export interface AppsResource {
  /** @param app its name or ID */
  get(app: string, options?: RequestOptions): Promise<App>;
  /**
   * Creates an app. After a lost response, the app is read by its name; the request is sent once more if it doesn't exist.
   * Without a name it's never sent twice.
   */
  create(app: NewApp, options?: RequestOptions): Promise<App>;
}

export function appsResource(api: Api, clock: Clock): AppsResource {
  return {
    get: async (app, options = {}) => api.call({ method: 'GET', path: appPath(app), ...options }, objectOf(readApp)),
    create: async (app, options = {}) => createApp(api, clock, app, options),
  };
}

/** Milliseconds: an app that is older was there before. */
const tolerance = 60_000;

async function createApp(api: Api, clock: Clock, app: NewApp, given: RequestOptions): Promise<App> {
  const { name, stack, region } = app;
  if (name !== undefined) assertAppName(name);
  if (stack === '' || region === '') throw callError("A new app's stack and region must not be empty.");
  const options = startDeadline(clock, given);
  const start = clock.now();
  const create = () =>
    api.call({ method: 'POST', path: '/apps', body: { name, stack, region }, ...options() }, objectOf(readApp));
  if (name === undefined) return create();
  /** Reads the app if this call can have created it, by the server's clock. */
  async function findCreated(path: string): Promise<App | undefined> {
    try {
      const { value, headers } = await api.exchange({ method: 'GET', path, ...options() }, objectOf(readApp));
      const age = Date.parse(headers['date'] ?? '') - Date.parse(value.createdAt);
      return age > clock.now() - start + tolerance ? undefined : value;
    } catch (error) {
      if (error instanceof HerokuError && (error.code === 'NOT_FOUND' || error.code === 'FORBIDDEN')) return undefined;
      throw error;
    }
  }
  return settle<App>({
    name: `the creation of ${name}`,
    evidence: 'whether the app exists',
    send: create,
    findEffect: () => pollForEffect(clock, 1, `the app ${name}`, options, () => findCreated(appPath(name))),
  });
}

function readApp(fields: Fields): App {
  const stack = fields.object('stack').string('name');
  return {
    id: fields.string('id'),
    name: fields.string('name'),
    webUrl: fields.nullable('web_url', (it) => it.string('web_url')),
    stack,
    buildStack: fields.nullable('build_stack', (it) => it.object('build_stack').string('name')) ?? stack,
    maintenance: fields.boolean('maintenance'),
    generation: fields.nullable('generation', (it) => it.object('generation').string('name')),
    region: fields.object('region').string('name'),
    space: fields.nullable('space', (it) => it.object('space').string('name')),
    createdAt: fields.string('created_at'),
    releasedAt: fields.nullable('released_at', (it) => it.string('released_at')),
  };
}
