import type { Secret } from '@tozo/heroku-client';
import type { DeployConfig } from './config.ts';

/** How to read a GitLab project's CI/CD variables: with a Maintainer's token, never with CI_JOB_TOKEN. */
export interface GitlabAccess {
  /** GitLab's address, such as `https://gitlab.com`. */
  readonly host?: string;
  readonly projectId: string;
  /** Absent: the variables cannot be read, and the check says so. */
  readonly token?: Secret;
}

/**
 * Compares the CI/CD variables that deploy.json requires with the project's, by name. What is found is told, not enforced:
 * this deploy has its key already, the next one may not.
 */
export async function checkCiVariables(
  { ciVariables }: DeployConfig,
  gitlab: GitlabAccess | undefined,
  options: { signal?: AbortSignal },
): Promise<string[]> {
  if (!ciVariables || !gitlab) return [];
  const { host, projectId, token } = gitlab;
  if (!token) {
    return [
      'The CI/CD variables were not checked: a job token cannot read them. Set GITLAB_TOKEN to a Maintainer’s token to have them checked.',
    ];
  }
  const { checkVariables, createProjectVariables } = await import('@tozo/gitlab-variables');
  try {
    const project = createProjectVariables({ host, projectId, token: token.reveal() });
    const required = ciVariables.required.map((key) => ({ key, protected: true }));
    const findings = checkVariables(required, await project.list(options));
    return findings.map(({ message }) => `CI/CD variable ${message} ${remedy[ciVariables.owner]}`);
  } catch (error) {
    if (options.signal?.aborted) throw error;
    return [`The CI/CD variables could not be checked: ${(error as Error).message}`];
  }
}

const remedy = {
  terraform: 'It is Terraform’s: apply the infrastructure.',
  tozo: 'It is yours: gitlab-variables sync makes it.',
} as const;
