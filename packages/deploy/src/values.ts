import type { ConfigValue, DeployConfig } from './config.ts';
import { DeployError } from './errors.ts';
import { Secret } from './secret.ts';

/** The declared values, read from the file and from the environment. */
export interface ResolvedValues {
  readonly configVars: Readonly<Record<string, string>>;
  readonly buildArgs: Readonly<Record<string, string>>;
  /** Config var values that came from the environment: they are secrets. */
  readonly secrets: readonly Secret[];
}

type Environment = Readonly<Record<string, string | undefined>>;

/** @throws DeployError ENVIRONMENT_INVALID naming every variable that is missing */
export function resolveValues(config: DeployConfig, env: Environment): ResolvedValues {
  const missing = [
    ...missingNames('configVars', config.configVars, env),
    ...missingNames('buildArgs', config.buildArgs, env),
  ];
  if (missing.length > 0) {
    throw new DeployError(
      'ENVIRONMENT_INVALID',
      `deploy.json takes values from the environment that are not set:\n${missing.map((line) => `  ${line}`).join('\n')}\nSet them where the deploy runs (for the sandbox: in .env.sandbox beside deploy.json).`,
    );
  }
  const configVars = resolve(config.configVars, env);
  return {
    configVars,
    buildArgs: resolve(config.buildArgs, env),
    secrets: Object.entries(config.configVars).flatMap(([name, value]) =>
      typeof value === 'string' ? [] : [new Secret(configVars[name]!)],
    ),
  };
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
