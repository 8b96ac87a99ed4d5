import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { appNameGrammar, type DeployConfig, readTextFile, RegistryPusherError, unsetVariableCause } from '@tozo/deploy';
import type { Target } from '../target.ts';
import { UsageError, withUsageErrors } from '../usage-error.ts';
import { sandboxAppName } from './sandbox-app-name.ts';

/** The app that a project is deployed to, and the values for it. Found without any service. */
export interface Place {
  readonly app: string;
  /** Where the app's name is from, such as `HEROKU_APP`. */
  readonly source: string;
  /** The environment that deploy.json's `fromEnv` reads. */
  readonly env: NodeJS.ProcessEnv;
  readonly warnings: readonly string[];
}

/** @throws UsageError when no app is named, or its name is invalid */
export async function findPlace(
  target: Target,
  config: DeployConfig,
  folder: string,
  env: NodeJS.ProcessEnv,
): Promise<Place> {
  if (target.kind === 'heroku') return { ...chooseApp(config, env), env };
  const sandboxEnv = { ...env, ...(await readSandboxEnvironment(folder)) };
  if (appOf(config, env) !== undefined) return { ...chooseApp(config, env), env: sandboxEnv };
  const source = "the project's name";
  return { app: validAppName(await sandboxAppName(folder), source), source, env: sandboxEnv, warnings: [] };
}

/** Returns the app that deploy.json names, or else HEROKU_APP. */
export function appOf({ app }: DeployConfig, { HEROKU_APP }: NodeJS.ProcessEnv): string | undefined {
  return app ?? (HEROKU_APP || undefined);
}

/** Returns deploy.json's app, or else HEROKU_APP. Warns when they differ. */
function chooseApp(config: DeployConfig, env: NodeJS.ProcessEnv): Omit<Place, 'env'> {
  const fromEnvironment = env['HEROKU_APP'] || undefined;
  if (config.app !== undefined) {
    const differs = fromEnvironment !== undefined && fromEnvironment !== config.app;
    const text = `HEROKU_APP is ${fromEnvironment}, but deploy.json names ${config.app}: using deploy.json. Unset HEROKU_APP.`;
    return { app: config.app, source: 'deploy.json', warnings: differs ? [text] : [] };
  }
  if (fromEnvironment === undefined) {
    const cause = env['GITLAB_CI'] === undefined ? '' : ` ${unsetVariableCause('HEROKU_APP', env)}`;
    throw new UsageError(`Missing app name: set "app" in deploy.json, or HEROKU_APP in the environment.${cause}`);
  }
  return { app: validAppName(fromEnvironment, 'HEROKU_APP'), source: 'HEROKU_APP', warnings: [] };
}

function validAppName(name: string, source: string): string {
  if (appNameGrammar.test(name)) return name;
  throw new UsageError(
    `${source} is "${name}", which isn't a Heroku app name: use 3 to 30 lowercase letters, digits and dashes, starting with a letter. Set "app" in deploy.json.`,
  );
}

async function readSandboxEnvironment(folder: string): Promise<NodeJS.Dict<string>> {
  try {
    return parseEnv(await withUsageErrors(RegistryPusherError, () => readTextFile(join(folder, '.env.sandbox'))));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw error;
  }
}
