import { callError } from '../errors.ts';
import { stringsByName } from '../shape.ts';
import type { Api } from '../transport/api.ts';
import { appPath } from './names.ts';
import type { RequestOptions } from './request-options.ts';

/** @see https://devcenter.heroku.com/articles/platform-api-reference#config-vars */
export interface ConfigVarsResource {
  /** All config vars of an app. Values are secrets. */
  get(app: string, options?: RequestOptions): Promise<Record<string, string>>;
  /**
   * Sets the given ones and removes those given as null; others stay. A change is a release and restarts the dynos with the
   * image they have; without any change nothing is sent. Sent once: after an ambiguous failure, read before you try again.
   * @returns all config vars after it
   */
  update(
    app: string,
    changes: Readonly<Record<string, string | null>>,
    options?: RequestOptions,
  ): Promise<Record<string, string>>;
}

export function configVarsResource(api: Api): ConfigVarsResource {
  const get: ConfigVarsResource['get'] = async (app, options = {}) =>
    api.call({ method: 'GET', path: `${appPath(app)}/config-vars`, ...options }, stringsByName);
  return {
    get,
    update: async (app, changes, options = {}) => {
      const path = `${appPath(app)}/config-vars`;
      for (const name of Object.keys(changes)) checkName(name);
      if (Object.keys(changes).length === 0) return get(app, options);
      const secrets = Object.values(changes).filter((value) => value !== null);
      return api.call({ method: 'PATCH', path, body: changes, secrets, ...options }, stringsByName);
    },
  };
}

function checkName(name: string): void {
  if (!/^\w+$/.test(name))
    throw callError(`"${name}" cannot be the name of a config var: letters, digits and "_" only.`);
}
