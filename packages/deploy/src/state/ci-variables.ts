import type { Secret } from '@tozo/heroku-client';
import type { DeployConfig } from '../config/schema.ts';

/** How to read a GitLab project's CI/CD variables. Needs a Maintainer's token: CI_JOB_TOKEN can't read them. */
export interface GitlabAccess {
  /** GitLab's address, such as `https://gitlab.com`. */
  readonly host?: string;
  readonly projectId: string;
  /** Without one the check is skipped, with a warning. */
  readonly token?: Secret;
}

/**
 * Compares the CI/CD variables that deploy.json requires with the project's, by name. Returns findings for the user; they
 * don't stop this deploy, which has its key already.
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
      "The CI/CD variables weren't checked: a job token can't read them. Set GITLAB_TOKEN to a Maintainer's token to check them.",
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
    return [`The CI/CD variables couldn't be checked: ${(error as Error).message}`];
  }
}

const remedy = {
  terraform: 'Terraform owns it: apply the infrastructure.',
  tozo: 'You own it: create it with gitlab-variables sync.',
} as const;
