import type { ConfigValue, DeployConfig } from './config.ts';
import { DeployError } from './errors.ts';
import { Secret } from './secret.ts';

/** The declared values, read from the file and from the environment. */
export interface ResolvedValues {
  readonly configVars: Readonly<Record<string, string>>;
  readonly buildArgs: Readonly<Record<string, string>>;
  /** By their id in `RUN --mount=type=secret`. */
  readonly buildSecrets: Readonly<Record<string, Secret>>;
  /** Build secrets, and config var values that came from the environment: no output and no image may hold them. */
  readonly secrets: readonly Secret[];
}

type Environment = Readonly<Record<string, string | undefined>>;

/** @throws DeployError ENVIRONMENT_INVALID naming every variable that is missing */
export function resolveValues(config: DeployConfig, env: Environment): ResolvedValues {
  const missing = [
    ...missingNames('configVars', config.configVars, env),
    ...missingNames('buildArgs', config.buildArgs, env),
    ...missingNames('buildSecrets', config.buildSecrets, env),
  ];
  if (missing.length > 0) {
    throw new DeployError(
      'ENVIRONMENT_INVALID',
      `deploy.json takes values from the environment that are not set:\n${missing.map((line) => `  ${line}`).join('\n')}\nSet them where the deploy runs (for the sandbox: in .env.sandbox beside deploy.json).`,
    );
  }
  const configVars = resolve(config.configVars, env);
  const buildSecrets = asSecrets(resolve(config.buildSecrets, env));
  const fromEnvironment = Object.keys(config.configVars).filter((name) => typeof config.configVars[name] !== 'string');
  return {
    configVars,
    buildArgs: resolve(config.buildArgs, env),
    buildSecrets,
    secrets: [...fromEnvironment.map((name) => new Secret(configVars[name]!)), ...Object.values(buildSecrets)],
  };
}

function asSecrets(values: Readonly<Record<string, string>>): Record<string, Secret> {
  return Object.fromEntries(Object.entries(values).map(([id, value]) => [id, new Secret(value)]));
}

function missingNames(section: string, values: Record<string, ConfigValue>, env: Environment): string[] {
  return Object.entries(values).flatMap(([name, value]) =>
    typeof value === 'string' || env[value.fromEnv] ? [] : [`${value.fromEnv} (${section}/${name})`],
  );
}

function resolve(values: Record<string, ConfigValue>, env: Environment): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, typeof value === 'string' ? value : env[value.fromEnv]!]),
  );
}
