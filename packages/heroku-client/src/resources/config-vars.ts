import { callError } from '../errors.ts';
import { Secret } from '../secret.ts';
import type { Api } from '../transport/api.ts';
import { appPath } from './names.ts';
import type { RequestOptions } from './request-options.ts';
import { secretsByName } from './shape.ts';

/** @see https://devcenter.heroku.com/articles/platform-api-reference#config-vars */
export interface ConfigVarsResource {
  /** Returns all config vars of an app. */
  get(app: string, options?: RequestOptions): Promise<Record<string, Secret>>;
  /**
   * Sets config vars, removes those that are null, and leaves the others unchanged. A change creates a release and restarts
   * the dynos with their current image; without changes nothing is sent. Never retried; the client's `setConfigVars` also
   * handles a lost response.
   * @returns all config vars after the change
   */
  update(
    app: string,
    changes: Readonly<Record<string, Secret | null>>,
    options?: RequestOptions,
  ): Promise<Record<string, Secret>>;
}

export function configVarsResource(api: Api): ConfigVarsResource {
  const get: ConfigVarsResource['get'] = async (app, options = {}) =>
    api.call({ method: 'GET', path: `${appPath(app)}/config-vars`, ...options }, secretsByName);
  return {
    get,
    update: async (app, changes, options = {}) => {
      const path = `${appPath(app)}/config-vars`;
      assertConfigVars(changes);
      if (Object.keys(changes).length === 0) return get(app, options);
      return api.call({ method: 'PATCH', path, body: changes, ...options }, secretsByName);
    },
  };
}

/** @throws HerokuError OPTIONS_INVALID, without a value */
export function assertConfigVars(changes: Readonly<Record<string, Secret | null>>): void {
  for (const [name, value] of Object.entries(changes)) assertConfigVar(name, value);
}

function assertConfigVar(name: string, value: unknown): void {
  if (!/^\w+$/.test(name)) throw callError(`"${name}" isn't a config var name: use letters, digits and "_" only.`);
  if (value === null) return;
  if (!(value instanceof Secret)) throw callError(`The value of ${name} must be a Secret of this package, or null.`);
  const text = value.reveal();
  if (text.includes('\0'))
    throw callError(`The value of ${name} contains a NUL character, which no process accepts: remove it.`);
  if (/\p{Surrogate}/u.test(text))
    throw callError(`The value of ${name} contains half a character (a lone surrogate): it isn't valid Unicode.`);
}
