import { Secret } from '@tozo/heroku-client';
import { DeployError } from '../errors.ts';
import type { ConfigValue, DeployConfig } from './schema.ts';

/** The declared values, read from deploy.json and from the environment. */
export interface ResolvedValues {
  readonly configVars: Readonly<Record<string, Secret>>;
  readonly buildArgs: Readonly<Record<string, string>>;
  /** By their ID in `RUN --mount=type=secret`. */
  readonly buildSecrets: Readonly<Record<string, Secret>>;
  /** Build secrets, and config vars from the environment: no output and no image may contain them. */
  readonly secrets: readonly Secret[];
}

type Environment = Readonly<Record<string, string | undefined>>;

/** @throws DeployError ENVIRONMENT_INVALID, with the names of all missing variables */
export function resolveValues(config: DeployConfig, env: Environment): ResolvedValues {
  const missing = [
    ...missingNames('configVars', config.configVars, env),
    ...missingNames('buildArgs', config.buildArgs, env),
    ...missingNames('buildSecrets', config.buildSecrets, env),
  ];
  if (missing.length > 0) {
    throw new DeployError(
      'ENVIRONMENT_INVALID',
      `deploy.json reads environment variables that aren't set:\n${missing.map((line) => `  ${line}`).join('\n')}\nSet them where the deploy runs (for the sandbox: in .env.sandbox next to deploy.json).`,
    );
  }
  const configVars = resolve(config.configVars, env, (value) => new Secret(value));
  const buildSecrets = resolve(config.buildSecrets, env, (value) => new Secret(value));
  const fromEnvironment = Object.keys(configVars).filter((name) => typeof config.configVars[name] !== 'string');
  return {
    configVars,
    buildArgs: resolve(config.buildArgs, env, (value) => value),
    buildSecrets,
    secrets: [...fromEnvironment.map((name) => configVars[name]!), ...Object.values(buildSecrets)],
  };
}

function missingNames(section: string, values: Record<string, ConfigValue>, env: Environment): string[] {
  return Object.entries(values).flatMap(([name, value]) =>
    typeof value === 'string' || env[value.fromEnv] ? [] : [`${value.fromEnv} (${section}/${name})`],
  );
}

function resolve<T>(
  values: Record<string, ConfigValue>,
  env: Environment,
  wrap: (value: string) => T,
): Record<string, T> {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [
      name,
      wrap(typeof value === 'string' ? value : env[value.fromEnv]!),
    ]),
  );
}
