import { callError } from '../errors.ts';
import type { Api } from '../transport/api.ts';
import { appPath, assertAppName } from './names.ts';
import type { RequestOptions } from './request-options.ts';
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
  /** Never retried: after an ambiguous failure, check with {@link AppsResource.get} before you retry. */
  create(app: NewApp, options?: RequestOptions): Promise<App>;
}

export function appsResource(api: Api): AppsResource {
  return {
    get: async (app, options = {}) => api.call({ method: 'GET', path: appPath(app), ...options }, objectOf(readApp)),
    create: async ({ name, stack, region }, options = {}) => {
      if (name !== undefined) assertAppName(name);
      if (stack === '' || region === '') throw callError("A new app's stack and region must not be empty.");
      return api.call({ method: 'POST', path: '/apps', body: { name, stack, region }, ...options }, objectOf(readApp));
    },
  };
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
    releasedAt: fields.nullable('released_at', (it) => it.string('released_at')),
  };
}
