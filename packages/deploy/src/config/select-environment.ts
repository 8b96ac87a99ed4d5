import { similarNames } from '@tozo/registry-pusher';
import { DeployError } from '../errors.ts';
import type { DeployConfig } from './schema.ts';

/**
 * Returns the config of one environment: its app and its config vars in place of the file's.
 * @param name undefined for none
 * @param kind where the deploy goes: the sandbox needs no environment
 * @throws DeployError ENVIRONMENT_UNKNOWN if the file doesn't declare it, or if Heroku is meant and it's missing
 */
export function selectEnvironment(
  config: DeployConfig,
  name: string | undefined,
  kind: 'heroku' | 'sandbox',
): DeployConfig {
  const { environments = {} } = config;
  const names = Object.keys(environments);
  if (name === undefined) {
    if (names.length === 0 || kind === 'sandbox') return config;
    throw unknownError(
      `deploy.json declares environments: say which one is meant, with --environment ${names.join(' or ')}.`,
    );
  }
  if (name === '') {
    throw unknownError(
      `The name after --environment is empty. It's usually from a variable that isn't set: GitLab sets $CI_ENVIRONMENT_NAME only in jobs with "environment:".${names.length > 0 ? ` Use ${names.join(' or ')}.` : ' Drop --environment: deploy.json declares none.'}`,
    );
  }
  if (names.length === 0) {
    throw unknownError(
      `There's no environment ${name}: deploy.json declares none. Add "environments": {"${name}": {"app": "…"}}, or drop --environment.`,
    );
  }
  if (!Object.hasOwn(environments, name)) {
    const [nearest] = similarNames(name, names);
    const hint = nearest ? `Did you mean ${nearest}?` : `Use ${names.join(' or ')}.`;
    throw unknownError(`deploy.json has no environment "${name}". ${hint}`);
  }
  const { app, configVars } = environments[name]!;
  return { ...config, app, configVars: { ...config.configVars, ...configVars } };
}

function unknownError(message: string): DeployError {
  return new DeployError('ENVIRONMENT_UNKNOWN', message);
}
