import { type Account, type App, type HerokuClient, HerokuError } from '@tozo/heroku-client';
import { DeployError } from '../errors.ts';

/**
 * Reads the app, and checks that this key may deploy to it and that it accepts images. Runs before the build. A problem with
 * the key is reported before one with the app.
 * @throws DeployError APP_NOT_READY; HerokuError UNAUTHORIZED, TWO_FACTOR and others
 */
export async function checkApp(
  heroku: HerokuClient,
  name: string,
  options: { signal?: AbortSignal } = {},
): Promise<App> {
  const app = await readAccessibleApp(heroku, name, options);
  const [problem] = problemsOf(app);
  if (problem) throw notReadyError(problem.message);
  return app;
}

/**
 * Reads an app that may not accept a new version now, such as one in maintenance mode. A problem with the key is reported
 * before one with the app.
 * @throws DeployError APP_NOT_READY; HerokuError UNAUTHORIZED, TWO_FACTOR and others
 */
export async function readAccessibleApp(
  heroku: HerokuClient,
  name: string,
  options: { signal?: AbortSignal } = {},
): Promise<App> {
  const [account, app] = await Promise.allSettled([readAccount(heroku, options), readApp(heroku, name, options)]);
  if (account.status === 'rejected') throw account.reason;
  if (app.status === 'rejected') throw app.reason;
  return app.value;
}

/** Returns the key's account, or undefined for a key that may deploy but not read its account. */
async function readAccount(heroku: HerokuClient, options: { signal?: AbortSignal }): Promise<Account | undefined> {
  try {
    const account = await heroku.account.get(options);
    const { email, suspendedAt, delinquentAt } = account;
    if (suspendedAt !== null) throw suspendedError(email);
    if (delinquentAt !== null) throw delinquentError(email);
    return account;
  } catch (error) {
    if (error instanceof HerokuError) {
      if (error.id === 'suspended') throw suspendedError(undefined, error);
      if (error.id === 'delinquent') throw delinquentError(undefined, error);
      const isAboutKey = error.code === 'UNAUTHORIZED' || error.code === 'TWO_FACTOR';
      if (!isAboutKey && error.code !== 'ABORTED') return undefined;
    }
    throw error;
  }
}

async function readApp(heroku: HerokuClient, name: string, options: { signal?: AbortSignal }): Promise<App> {
  try {
    return await heroku.apps.get(name, options);
  } catch (cause) {
    if (!(cause instanceof HerokuError)) throw cause;
    if (cause.id === 'suspended') throw suspendedError(undefined, cause);
    if (cause.id === 'delinquent') throw delinquentError(undefined, cause);
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

/** Why an app can't be deployed to. */
export interface AppProblem {
  readonly about: 'generation' | 'stack' | 'maintenance' | 'url';
  /** What is wrong, and what to do. */
  readonly message: string;
}

/** Returns all reasons why an app can't be deployed to. */
export function problemsOf({ name, generation, buildStack, maintenance, webUrl }: App): AppProblem[] {
  return [
    ...(generation === 'fir'
      ? [
          {
            about: 'generation',
            message: `${name} is a Fir-generation app, which doesn't accept Docker images from registry.heroku.com. Use a Cedar-generation app.`,
          } as const,
        ]
      : []),
    ...(buildStack !== 'container'
      ? [
          {
            about: 'stack',
            message: `${name} is on the stack ${buildStack}, which doesn't accept images. Change it with: heroku stack:set container -a ${name}`,
          } as const,
        ]
      : []),
    ...(maintenance
      ? [
          {
            about: 'maintenance',
            message: `${name} is in maintenance mode, so the new version can't be verified. Turn it off with: heroku maintenance:off -a ${name}`,
          } as const,
        ]
      : []),
    ...(webUrl !== null && !isHttpUrl(webUrl)
      ? [
          {
            about: 'url',
            message: `Heroku says that the URL of ${name} is ${JSON.stringify(webUrl)}, which isn't an http or https URL, so the new version can't be verified. Check HEROKU_API_URL and the proxy.`,
          } as const,
        ]
      : []),
  ];
}

function isHttpUrl(text: string): boolean {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);
}

function suspendedError(email: string | undefined, cause?: unknown): DeployError {
  return notReadyError(
    `Heroku has suspended the account of this HEROKU_API_KEY${email ? ` (${email})` : ''} or of the app. Contact Heroku's support, or use another key.`,
    cause,
  );
}

function delinquentError(email: string | undefined, cause?: unknown): DeployError {
  return notReadyError(
    `Payments are overdue for the account of this HEROKU_API_KEY${email ? ` (${email})` : ''} or of the app, so Heroku refuses changes. Update the payment method (https://dashboard.heroku.com/account/billing).`,
    cause,
  );
}

function notReadyError(message: string, cause?: unknown): DeployError {
  return new DeployError('APP_NOT_READY', message, { cause });
}
