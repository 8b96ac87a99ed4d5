import { join } from 'node:path';
import { RegistryPusherError } from '@tozo/registry-pusher';
import { loadConfig, parseConfig } from '../config/load-config.ts';
import type { DeployConfig } from '../config/schema.ts';
import { selectEnvironment } from '../config/select-environment.ts';
import { resolveValues } from '../config/values.ts';
import { DeployError } from '../errors.ts';
import { type BuildSettings, prepareBuild } from '../images/prepare-build.ts';
import type { PreparedBuild } from '../ports.ts';
import { type Check, note, ok, problem } from './check.ts';

type Environment = Readonly<Record<string, string | undefined>>;

export interface CheckedConfig {
  readonly check: Check;
  /** As it's meant for the environment. */
  readonly config?: DeployConfig;
  /** The smallest config, if there's no deploy.json yet. */
  readonly assumed?: DeployConfig;
}

/** Checks deploy.json. */
export async function checkConfig(
  directory: string,
  environment: string | undefined,
  kind: 'heroku' | 'sandbox',
): Promise<CheckedConfig> {
  const name = 'deploy.json';
  try {
    const config = await loadConfig(directory);
    return checkEnvironment(config, environment, kind);
  } catch (error) {
    if (!(error instanceof DeployError)) throw error;
    const file = quote(join(directory, 'deploy.json'));
    if (error.code !== 'CONFIG_MISSING') return { check: problem(name, error.message, `\${EDITOR:-vi} ${file}`) };
    const check = problem(name, error.message, `echo '${smallestConfig}' > ${file}`);
    return { check, assumed: parseConfig(smallestConfig) };
  }
}

const editConfig = '${EDITOR:-vi} deploy.json';

const smallestConfig = '{"processes": {"web": {}}}';

function checkEnvironment(
  config: DeployConfig,
  environment: string | undefined,
  kind: 'heroku' | 'sandbox',
): CheckedConfig {
  const name = 'deploy.json';
  try {
    const selected = selectEnvironment(config, environment, kind);
    const types = Object.keys(selected.processes).join(', ');
    return { check: ok(name, `valid: ${types}${environment ? `, environment ${environment}` : ''}`), config: selected };
  } catch (error) {
    if (!(error instanceof DeployError)) throw error;
    const [first] = Object.keys(config.environments ?? {});
    const remedy = first ? `tozo doctor --environment ${first}` : 'tozo doctor';
    return { check: problem(name, error.message, remedy) };
  }
}

/** Checks that the environment variables which deploy.json reads are set. */
export function checkValues(config: DeployConfig, env: Environment, kind: 'heroku' | 'sandbox'): Check {
  const name = 'variables';
  const wanted = variablesOf(config);
  try {
    resolveValues(config, env);
    return ok(name, wanted.length > 0 ? `set: ${wanted.join(', ')}` : 'deploy.json reads none');
  } catch (error) {
    if (!(error instanceof DeployError)) throw error;
    if (error.code === 'CONFIG_INVALID') return problem(name, error.message, editConfig);
    const missing = wanted.filter((variable) => !env[variable]);
    const affected = missing.length > 0 ? missing : wanted;
    const remedy =
      kind === 'sandbox'
        ? `printf '%s\\n' ${affected.map((variable) => `'${variable}=…'`).join(' ')} >> .env.sandbox`
        : `export ${affected.map((variable) => `${variable}='…'`).join(' ')}`;
    return problem(name, error.message, remedy);
  }
}

/** What a deploy would build with, apart from deploy.json's values. */
export type BuildEnvironment = Omit<BuildSettings, 'config' | 'values' | 'builder'> & { readonly env: Environment };

export interface CheckedBuild {
  readonly check: Check;
  /** Absent if nothing can be built. */
  readonly prepared?: PreparedBuild;
}

/**
 * Checks that the image can be built on this machine, as a deploy does. Values that aren't set don't matter for that.
 */
export async function checkBuild(config: DeployConfig, { env, ...settings }: BuildEnvironment): Promise<CheckedBuild> {
  const name = 'Dockerfile';
  const filled = {
    ...Object.fromEntries(variablesOf(config).map((variable) => [variable, 'unset'])),
    ...definedIn(env),
  };
  try {
    const values = resolveValues(config, filled);
    const prepared = await prepareBuild({ ...settings, config, values, builder: config.builder });
    return { check: describeBuild(prepared), prepared };
  } catch (error) {
    if (!(error instanceof RegistryPusherError || error instanceof DeployError)) throw error;
    if (error instanceof DeployError && error.code === 'CONFIG_INVALID')
      return { check: problem(name, error.message, editConfig) };
    const dockerfile = join(settings.directory, config.dockerfile);
    return { check: problem(name, error.message, buildRemedy(error, dockerfile)) };
  }
}

function describeBuild({ outline, run, handed }: PreparedBuild): Check {
  const name = 'Dockerfile';
  if (outline.builder === 'docker') return ok(name, `needs a Docker Engine, which is running: ${outline.reason}`);
  if (handed) return ok(name, `isn't built here: ${outline.reason}`);
  return run && !run.executor
    ? note(name, `has RUN, which isn't executed here: ${run.reason}`)
    : ok(name, `builds without Docker: ${outline.reason}`);
}

function buildRemedy({ code, message }: RegistryPusherError | DeployError, dockerfile: string): string {
  const editDockerfile = `\${EDITOR:-vi} ${quote(dockerfile)}`;
  switch (code) {
    case 'DOCKERFILE_MISSING':
      return `printf '%s\\n' 'FROM node:20-slim' 'WORKDIR /app' 'COPY . .' 'USER node' 'CMD ["node", "server.js"]' > ${quote(dockerfile)}`;
    case 'ENGINE_UNAVAILABLE':
      return 'sudo systemctl start docker';
    case 'COPY_SOURCE_MISSING':
      return message.includes('tozo image-deps') ? 'tozo image-deps' : editDockerfile;
    default:
      return editDockerfile;
  }
}

function variablesOf({ configVars, buildArgs, buildSecrets }: DeployConfig): string[] {
  const values = [configVars, buildArgs, buildSecrets].flatMap((section) => Object.values(section));
  return [...new Set(values.flatMap((value) => (typeof value === 'string' ? [] : [value.fromEnv])))];
}

function definedIn(env: Environment): Record<string, string> {
  return Object.fromEntries(Object.entries(env).flatMap(([name, value]) => (value ? [[name, value]] : [])));
}

/** Quotes a path for a POSIX shell, where it needs that. */
function quote(path: string): string {
  return /^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`;
}
