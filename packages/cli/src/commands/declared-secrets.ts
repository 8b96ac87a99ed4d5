import { type DeployConfig, Secret } from '@tozo/deploy';

/** Returns what deploy.json reads from the environment, as far as it's set, except what it says isn't secret. */
export function declaredSecrets(config: DeployConfig, env: NodeJS.ProcessEnv): Secret[] {
  const values: readonly unknown[] = [config.configVars, config.buildArgs, config.buildSecrets].flatMap((section) =>
    Object.values(section),
  );
  return values.flatMap((value) => {
    const { fromEnv, secret = true } = (typeof value === 'object' ? value : {}) as {
      fromEnv?: string;
      secret?: boolean;
    };
    const found = fromEnv === undefined ? undefined : env[fromEnv];
    return found && secret ? [new Secret(found)] : [];
  });
}
