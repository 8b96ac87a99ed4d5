import { jobVariableProblem, mayReceiveApiKey, unsetVariableCause } from '@tozo/deploy';
import { UsageError } from './usage-error.ts';

/** Where a deploy goes. Without `--sandbox`, the sandbox is chosen only where Heroku can't be meant. */
export type Target =
  | { readonly kind: 'sandbox'; readonly text: string }
  | {
      readonly kind: 'heroku';
      readonly text: string;
      readonly apiKey: string;
      readonly username?: string;
      readonly apiUrl?: string;
      readonly registryUrl?: string;
    };

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Returns Heroku if HEROKU_API_KEY is set, or else the sandbox. In CI, and for a named environment, a missing key is a
 * mistake.
 *
 * @throws UsageError that names what to set
 */
export function chooseTarget(
  env: Environment,
  options: { sandbox: boolean; environment?: string | undefined },
): Target {
  if (options.sandbox || isTrue(env['TOZO_SANDBOX'])) return { kind: 'sandbox', text: 'sandbox' };
  const apiKey = env['HEROKU_API_KEY'];
  if (apiKey === undefined) {
    if (isCi(env)) throw new UsageError(missingKey(env));
    if (options.environment) {
      throw new UsageError(
        `HEROKU_API_KEY isn't set, so nothing can be deployed to the environment ${options.environment}. Set it to a key (heroku authorizations:create), or add --sandbox to try the environment out in the sandbox.`,
      );
    }
    return { kind: 'sandbox', text: 'sandbox (no HEROKU_API_KEY)' };
  }
  if (apiKey.trim() === '') {
    throw new UsageError(
      'HEROKU_API_KEY is set but empty. Set it to a key (heroku authorizations:create). To use the sandbox, unset it or add --sandbox.',
    );
  }
  for (const name of ['HEROKU_API_KEY', 'HEROKU_APP', 'HEROKU_USERNAME']) {
    const problem = jobVariableProblem(name, env);
    if (problem !== undefined) throw new UsageError(problem);
  }
  if (/[^\x21-\x7e]/.test(apiKey)) {
    throw new UsageError('HEROKU_API_KEY contains a space, a line break or another invalid character. Copy it again.');
  }
  const username = env['HEROKU_USERNAME'];
  const apiUrl = address(env, 'HEROKU_API_URL');
  const registryUrl = address(env, 'HEROKU_REGISTRY_URL');
  return {
    kind: 'heroku',
    text: apiUrl ? `Heroku at ${new URL(apiUrl).host}` : 'Heroku',
    apiKey,
    ...(username ? { username } : {}),
    ...(apiUrl ? { apiUrl } : {}),
    ...(registryUrl ? { registryUrl } : {}),
  };
}

function address(env: Environment, name: string): string | undefined {
  const text = env[name];
  if (!text) return undefined;
  if (!URL.canParse(text)) {
    throw new UsageError(`${name} is "${text}", which isn't a URL such as http://127.0.0.1:5000.`);
  }
  const url = new URL(text);
  if (mayReceiveApiKey(url)) return text;
  if (url.protocol === 'http:' && mayReceiveApiKey(new URL(`https://${url.host}`))) {
    throw new UsageError(
      `${name} is ${url.origin}: plain http would send the API key in clear text. Use https://${url.host}.`,
    );
  }
  throw new UsageError(
    `${name} names ${url.hostname}, which is neither Heroku nor this machine but would get the API key. Unset ${name}.`,
  );
}

/** Returns whether this is a CI job. gitlab-ci-local sets CI to false. */
export function isCi(env: Environment): boolean {
  return isTrue(env['CI']);
}

function isTrue(value: string | undefined): boolean {
  return value !== undefined && !['', '0', 'false', 'no'].includes(value.toLowerCase());
}

function missingKey(env: Environment): string {
  return `HEROKU_API_KEY isn't set, so this job can't deploy to Heroku. ${unsetVariableCause('HEROKU_API_KEY', env)}`;
}
