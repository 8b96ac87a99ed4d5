import { chooseAffectedBase, type AffectedBase } from './affected-base.ts';
import { readGit } from './git.ts';
import { fetchLastDeployment } from './last-deployment.ts';

export interface ResolveAffectedBaseOptions {
  /** A directory of the clone. Default: the current one. */
  readonly cwd?: string;
  /** The environment of the last deployment. Default `CI_ENVIRONMENT_NAME`, else `production`. */
  readonly environment?: string;
  readonly signal?: AbortSignal;
}

/** Calls {@link chooseAffectedBase} with the clone and the pipeline's GitLab. Throws if git isn't installed. */
export async function resolveAffectedBase(
  env: Readonly<Record<string, string | undefined>>,
  options: ResolveAffectedBaseOptions = {},
): Promise<AffectedBase> {
  const { cwd = process.cwd(), environment = env['CI_ENVIRONMENT_NAME'] || 'production', signal } = options;
  return chooseAffectedBase({
    env,
    git: readGit(cwd, signal),
    fetchLastDeployment: () => fetchLastDeployment(env, { environment, ...(signal && { signal }) }),
  });
}
