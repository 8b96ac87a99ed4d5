import { affectedBase, type AffectedBase } from './affected-base.ts';
import { readGit } from './git.ts';
import { fetchLastDeployment } from './last-deployment.ts';

export interface ResolveAffectedBaseOptions {
  /** A folder of the clone. Default: the current one. */
  readonly cwd?: string;
  /** Whose last deployment counts. Default `CI_ENVIRONMENT_NAME`, else `production`. */
  readonly environment?: string;
  readonly signal?: AbortSignal;
}

/** {@link affectedBase} with the clone, the pipeline's variables and the GitLab that are there. Throws when git is not installed. */
export async function resolveAffectedBase(
  env: Readonly<Record<string, string | undefined>>,
  options: ResolveAffectedBaseOptions = {},
): Promise<AffectedBase> {
  const { cwd = process.cwd(), environment = env['CI_ENVIRONMENT_NAME'] || 'production', signal } = options;
  return affectedBase({
    env,
    git: readGit(cwd, signal),
    fetchLastDeployment: () => fetchLastDeployment(env, { environment, ...(signal && { signal }) }),
  });
}
