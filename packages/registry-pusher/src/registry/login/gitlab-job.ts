import type { CredentialSource, RegistryCredentials } from './credentials.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Returns the login that GitLab gives a job for its project's registry, valid as long as the job runs.
 * @see https://docs.gitlab.com/user/packages/container_registry/authenticate_with_container_registry/
 */
export function gitlabJobLogin({
  GITLAB_CI,
  CI_REGISTRY_USER,
  CI_REGISTRY_PASSWORD,
}: Environment): RegistryCredentials | undefined {
  if (!GITLAB_CI || !CI_REGISTRY_USER || !CI_REGISTRY_PASSWORD) return undefined;
  return { username: CI_REGISTRY_USER, password: CI_REGISTRY_PASSWORD };
}

/** Returns the same credentials, and where there are none for the project's registry, those of the GitLab job. */
export function withGitlabJob(credentials: CredentialSource, env: Environment): CredentialSource {
  const job = gitlabJobLogin(env);
  if (job === undefined) return credentials;
  return async (registry, ...rest) =>
    (await credentials(registry, ...rest)) ?? (registry === env['CI_REGISTRY'] ? job : undefined);
}
