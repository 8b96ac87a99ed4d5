import type { Secret } from '@tozo/heroku-client';
import { declareCiVariables } from '../config/ci-variables.ts';
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
 * Compares the CI/CD variables that deploy.json requires with the project's, settings and scopes but not values. Returns findings
 * for the user; they don't stop this deploy, which has its key already.
 * @param options.environment the environment of deploy.json that is deployed to; default: all
 */
export async function checkCiVariables(
  config: DeployConfig,
  gitlab: GitlabAccess | undefined,
  options: { readonly environment?: string | undefined; readonly signal?: AbortSignal },
): Promise<string[]> {
  if (!config.ciVariables || !gitlab) return [];
  const { owner } = config.ciVariables;
  const { host, projectId, token } = gitlab;
  if (!token) {
    return [
      "The CI/CD variables weren't checked: a job token can't read them. Set GITLAB_TOKEN to a Maintainer's token to check them.",
    ];
  }
  const { checkVariables, createProjectVariables } = await import('@tozo/gitlab-variables');
  try {
    const project = createProjectVariables({ host, projectId, token: token.reveal() });
    const expected = declareCiVariables(config, options.environment).map(({ source: _, ...variable }) => variable);
    const { findings } = checkVariables(expected, await project.list(options));
    return findings.map(
      ({ message, remedy, isSynced }) => `CI/CD variable ${message} ${isSynced ? ciVariablesRemedy[owner] : remedy}`,
    );
  } catch (error) {
    if (options.signal?.aborted) throw error;
    return [`The CI/CD variables couldn't be checked: ${(error as Error).message}`];
  }
}

/** What repairs a variable, by its owner. */
export const ciVariablesRemedy = {
  terraform: 'Terraform owns it: apply the infrastructure.',
  tozo: 'Run tozo ci variables sync.',
} as const;
