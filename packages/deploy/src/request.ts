import type { GitlabAccess } from './ci-variables.ts';
import type { DeployConfig } from './config.ts';
import type { DeployPlan } from './plan.ts';
import type { DeployTarget } from './target.ts';
import type { ResolvedValues } from './values.ts';

/** One deploy that somebody asked for. */
export interface DeployRequest {
  /** The project's folder, absolute: where deploy.json lies. */
  readonly folder: string;
  readonly config: DeployConfig;
  readonly values: ResolvedValues;
  readonly app: string;
  readonly target: DeployTarget;
  readonly builder: DeployConfig['builder'];
  /** The commit that is deployed, when it is known. */
  readonly revision?: string;
  readonly dryRun?: boolean;
  /** Proves every layer that is used again from the last deploy. For the direct builder. */
  readonly verifyReuse?: boolean;
  /** Writes the base's digest into the lock file beside the Dockerfile. For the direct builder. */
  readonly pin?: boolean;
  /** Where the digests of files are kept from run to run, absolute. */
  readonly cacheDirectory?: string;
  /** What an earlier job was built from, when it told: the files must be the very same. */
  readonly contextDigest?: string;
  /** The GitLab project whose variables deploy.json requires; absent outside GitLab. */
  readonly gitlab?: GitlabAccess;
  /** What whoever asked should know, found before the deploy began. */
  readonly warnings?: readonly string[];
  /** Asked once the plan is known and before anything is changed; false stops the deploy. */
  readonly confirm?: (plan: DeployPlan) => Promise<boolean>;
}
