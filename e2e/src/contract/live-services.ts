import type { GitlabConnection } from './gitlab-contract.ts';
import type { HerokuConnection } from './heroku-connection.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** Returns Heroku's addresses, or those in HEROKU_API_URL, HEROKU_REGISTRY_URL and TOZO_DOCKER_HUB_MIRROR. */
export function liveHeroku(env: Environment = process.env): HerokuConnection {
  const { HEROKU_API_URL: url, HEROKU_REGISTRY_URL: registryUrl, TOZO_DOCKER_HUB_MIRROR: hubUrl } = env;
  return {
    key: required(env, 'HEROKU_API_KEY'),
    ...(url ? { url } : {}),
    ...(registryUrl ? { registryUrl } : {}),
    ...(hubUrl ? { hubUrl } : {}),
    async [Symbol.asyncDispose]() {},
  };
}

/** Returns gitlab.com, or the address in CI_SERVER_URL. */
export function liveGitlab(env: Environment = process.env): GitlabConnection {
  return {
    url: env['CI_SERVER_URL'] || 'https://gitlab.com',
    token: required(env, 'GITLAB_TOKEN'),
    projectId: required(env, 'CONTRACT_GITLAB_PROJECT'),
    async [Symbol.asyncDispose]() {},
  };
}

function required(env: Environment, name: string): string {
  const value = env[name];
  if (!value) throw new Error(`${name} is not set.`);
  return value;
}
