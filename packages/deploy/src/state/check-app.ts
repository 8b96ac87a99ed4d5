import { type App, type HerokuClient, HerokuError } from '@tozo/heroku-client';
import { DeployError } from '../errors.ts';

/**
 * Reads the app, and checks that this key may deploy to it and that it accepts images. Runs before the build.
 * @throws DeployError APP_NOT_READY; HerokuError UNAUTHORIZED, TWO_FACTOR and others
 */
export async function checkApp(
  heroku: HerokuClient,
  name: string,
  options: { signal?: AbortSignal } = {},
): Promise<App> {
  const app = await readApp(heroku, name, options);
  if (app.generation === 'fir') {
    throw notReadyError(
      `${name} is a Fir-generation app, which doesn't accept Docker images from registry.heroku.com. Use a Cedar-generation app.`,
    );
  }
  if (app.buildStack !== 'container') {
    throw notReadyError(
      `${name} is on the stack ${app.buildStack}, which doesn't accept images. Change it with: heroku stack:set container -a ${name}`,
    );
  }
  if (app.maintenance) {
    throw notReadyError(
      `${name} is in maintenance mode, so the new version can't be verified. Turn it off with: heroku maintenance:off -a ${name}`,
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
      throw notReadyError(
        `Heroku app ${name} doesn't exist. Create it (heroku create ${name} --stack container), or correct "app" in deploy.json or HEROKU_APP.`,
        cause,
      );
    }
    if (cause.code === 'FORBIDDEN') {
      throw notReadyError(
        `This HEROKU_API_KEY has no access to the app ${name}. Add its account as a collaborator with permission to deploy, or use another key.`,
        cause,
      );
    }
    throw cause;
  }
}

function notReadyError(message: string, cause?: unknown): DeployError {
  return new DeployError('APP_NOT_READY', message, { cause });
}
