import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { appNameGrammar, type DeployConfig, Secret, type ServiceAddresses } from '@tozo/deploy';
import type { DynoKind } from '@tozo/sandbox/connect';
import { projectName } from '../project.ts';
import type { Target } from '../target.ts';
import { UsageError, withUsageErrors } from '../usage-error.ts';

/** A target, and everything needed to reach it. */
export interface Destination {
  readonly kind: Target['kind'];
  readonly app: string;
  readonly apiKey: Secret;
  readonly addresses: ServiceAddresses;
  /** The environment that deploy.json's `fromEnv` reads. */
  readonly env: NodeJS.ProcessEnv;
  readonly warnings: readonly string[];
}

/** Opens the destination; starts the sandbox if needed. @throws UsageError when no app is named, or its name is invalid */
export async function openDestination(
  target: Target,
  config: DeployConfig,
  folder: string,
  env: NodeJS.ProcessEnv,
  dynos?: DynoKind,
): Promise<Destination> {
  if (target.kind === 'sandbox') return openSandbox(config, folder, env, dynos);
  const { app, warnings } = chooseApp(config, env);
  const apiKey = new Secret(target.apiKey);
  const hubUrl = env['TOZO_DOCKER_HUB_MIRROR'];
  return {
    kind: 'heroku',
    app,
    apiKey,
    env,
    warnings,
    addresses: {
      apiKey,
      ...(target.username ? { username: target.username } : {}),
      ...(target.apiUrl ? { apiUrl: target.apiUrl } : {}),
      ...(target.registryUrl ? { registryUrl: target.registryUrl } : {}),
      ...(hubUrl ? { hubUrl } : {}),
    },
  };
}

async function openSandbox(
  config: DeployConfig,
  folder: string,
  env: NodeJS.ProcessEnv,
  dynos: DynoKind | undefined,
): Promise<Destination> {
  const app = config.app ?? validAppName(await projectName(folder), "the project's name");
  const { connectSandbox, SandboxError } = await import('@tozo/sandbox/connect');
  const sandbox = await withUsageErrors(SandboxError, async () => {
    const connection = await connectSandbox({ start: true, ...(dynos && { dynos }) });
    await connection.ensureApp(app);
    return connection;
  });
  const apiKey = new Secret(sandbox.apiKey);
  return {
    kind: 'sandbox',
    app,
    apiKey,
    env: { ...env, ...(await readSandboxEnvironment(folder)) },
    warnings: [],
    addresses: {
      apiKey,
      apiUrl: sandbox.urls.heroku,
      registryUrl: sandbox.urls.registry,
      hubUrl: env['TOZO_DOCKER_HUB_MIRROR'] ?? sandbox.urls.hub,
    },
  };
}

/** Returns deploy.json's app, or else HEROKU_APP. Warns when they differ. */
function chooseApp(config: DeployConfig, env: NodeJS.ProcessEnv): { app: string; warnings: string[] } {
  const fromEnvironment = env['HEROKU_APP'] || undefined;
  if (config.app !== undefined) {
    const differs = fromEnvironment !== undefined && fromEnvironment !== config.app;
    const text = `HEROKU_APP is ${fromEnvironment}, but deploy.json names ${config.app}: using deploy.json. Unset HEROKU_APP.`;
    return { app: config.app, warnings: differs ? [text] : [] };
  }
  if (fromEnvironment === undefined) {
    throw new UsageError('Missing app name: set "app" in deploy.json, or HEROKU_APP in the environment.');
  }
  return { app: validAppName(fromEnvironment, 'HEROKU_APP'), warnings: [] };
}

function validAppName(name: string, source: string): string {
  if (appNameGrammar.test(name)) return name;
  throw new UsageError(
    `${source} is "${name}", which isn't a Heroku app name: use 3 to 30 lowercase letters, digits and dashes, starting with a letter. Set "app" in deploy.json.`,
  );
}

async function readSandboxEnvironment(folder: string): Promise<NodeJS.Dict<string>> {
  try {
    return parseEnv(await readFile(join(folder, '.env.sandbox'), 'utf8'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw error;
  }
}
