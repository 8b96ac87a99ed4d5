import { Secret } from '@tozo/heroku-client';

type Environment = Readonly<Record<string, string | undefined>>;

/** A value that no output and no image may contain. */
export interface KnownSecret {
  /** The environment variable that it was read from. */
  readonly variable: string;
  readonly value: Secret;
  /** What to do if a file of the image contains it, in sentences. */
  readonly remedy: string;
}

/** Variables with credentials, of GitLab, of registries and of the tools that jobs run. A deploy puts none into the app. */
const credentials = [
  'HEROKU_API_KEY',
  'TF_VAR_heroku_api_key',
  'GITLAB_TOKEN',
  'CI_JOB_TOKEN',
  'CI_REGISTRY_PASSWORD',
  'CI_DEPLOY_PASSWORD',
  'CI_DEPENDENCY_PROXY_PASSWORD',
  'GITHUB_TOKEN',
  'GH_TOKEN',
  'NPM_TOKEN',
  'NODE_AUTH_TOKEN',
  'AWS_SECRET_ACCESS_KEY',
  'AWS_SESSION_TOKEN',
  'DATABASE_URL',
];

/** Returns the credentials in the environment, except those that deploy.json declares as not secret. */
export function environmentSecrets(env: Environment, declaredPublic: readonly string[] = []): KnownSecret[] {
  return credentials
    .filter((variable) => variable === 'HEROKU_API_KEY' || !declaredPublic.includes(variable))
    .flatMap((variable) => {
      const value = env[variable];
      return value ? [{ variable, value: new Secret(value), remedy: credentialRemedy }] : [];
    });
}

const credentialRemedy =
  'Remove it from the file, or the file from the image (.dockerignore), and replace it with a new one if the file was shared.';

/**
 * Returns whether a value is worth searching for in files. Words, numbers, versions and addresses occur in any bundle by
 * chance, and say nothing: `production`, `true`, `8080`, `eu-central-1`, `10.0.0.1`. Whoever finds the text of a password
 * like `summer` somewhere has learned nothing either.
 */
export function isDistinctive(value: string): boolean {
  if (value.length < 8) return false;
  const isPhrase = value.length <= 24 && value.split(/[^A-Za-z0-9]+/).every((part) => isWordOrNumber(part));
  return !isPhrase && new Set(value).size > 3;
}

function isWordOrNumber(part: string): boolean {
  return /^(?:[a-z]{0,16}|[A-Z]{1,16}|[A-Z][a-z]{1,15}|\d{1,10}|[a-z]{1,12}\d{1,2})$/.test(part);
}
