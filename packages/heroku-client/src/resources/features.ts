import { callError } from '../errors.ts';
import type { Api } from '../transport/api.ts';
import { appPath } from './names.ts';
import type { RequestOptions } from './request-options.ts';
import { type Fields, listOf, objectOf } from './shape.ts';

/** Something that an app can turn on. @see https://devcenter.heroku.com/articles/platform-api-reference#app-feature */
export interface AppFeature {
  /** For example `preboot`. */
  readonly name: string;
  readonly enabled: boolean;
}

export interface FeaturesResource {
  list(app: string, options?: RequestOptions): Promise<AppFeature[]>;
  /** @param feature its name or ID, such as `preboot` */
  get(app: string, feature: string, options?: RequestOptions): Promise<AppFeature>;
}

export function featuresResource(api: Api): FeaturesResource {
  return {
    list: async (app, options = {}) =>
      api.call({ method: 'GET', path: `${appPath(app)}/features`, ...options }, listOf(readFeature)),
    get: async (app, feature, options = {}) => {
      if (!/^[\w-]+$/.test(feature)) throw callError(`"${feature}" isn't a feature's name, such as preboot.`);
      return api.call(
        { method: 'GET', path: `${appPath(app)}/features/${feature}`, ...options },
        objectOf(readFeature),
      );
    },
  };
}

function readFeature(fields: Fields): AppFeature {
  return { name: fields.string('name'), enabled: fields.boolean('enabled') };
}
