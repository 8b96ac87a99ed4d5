import { type App, type HerokuClient, HerokuError } from '@tozo/heroku-client';
import { DeployError } from './errors.ts';

/**
 * Finds out, before anything is built, whether this key may deploy to this app and whether the app can take an image.
 * @throws DeployError APP_NOT_READY; HerokuError UNAUTHORIZED, TWO_FACTOR and others as they come
 */
export async function checkApp(
  heroku: HerokuClient,
  name: string,
  options: { signal?: AbortSignal } = {},
): Promise<App> {
  const app = await readApp(heroku, name, options);
  if (app.generation === 'fir') {
    throw notReady(`${name} is an app of the Fir generation, which takes no Docker images from registry.heroku.com.`);
  }
  if (app.buildStack !== 'container') {
    throw notReady(
      `${name} is on the stack ${app.buildStack}, which takes no images. Change it with: heroku stack:set container -a ${name}`,
    );
  }
  if (app.maintenance) {
    throw notReady(
      `${name} is in maintenance mode, so no version could be verified. Switch it off with: heroku maintenance:off -a ${name}`,
    );
  }
  return app;
}

async function readApp(heroku: HerokuClient, name: string, options: { signal?: AbortSignal }): Promise<App> {
  try {
    return await heroku.apps.get(name, options);
  } catch (cause) {
    if (!(cause instanceof HerokuError)) throw cause;
    if (cause.code === 'NOT_FOUND') {
      throw notReady(
        `There is no Heroku app called ${name}. Create it (heroku create ${name} --stack container), or mend "app" in deploy.json or HEROKU_APP.`,
        cause,
      );
    }
    if (cause.code === 'FORBIDDEN') {
      throw notReady(
        `This HEROKU_API_KEY has no access to the app ${name}. Add its account as a collaborator with the right to deploy, or use another key.`,
        cause,
      );
    }
    throw cause;
  }
}

function notReady(message: string, cause?: unknown): DeployError {
  return new DeployError('APP_NOT_READY', message, { cause });
}
