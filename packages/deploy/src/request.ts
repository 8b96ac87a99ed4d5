import type { HandedOver, InstructionSelection } from '@tozo/registry-pusher';
import type { DeployConfig } from './config/schema.ts';
import type { ResolvedValues } from './config/values.ts';
import type { PreparedBuild } from './ports.ts';
import type { DeployPlan } from './plan/plan.ts';
import type { SavedPlan } from './plan/plan-file.ts';
import type { DeployTarget } from './report/target.ts';
import type { CompareCommits } from './state/ancestry.ts';
import type { GitlabAccess } from './state/ci-variables.ts';

/** Which results of RUN are reused. */
export interface RunReuseRules {
  /** Seconds after which a RUN is executed again. */
  readonly maxAge: number;
  /** Executes every RUN. */
  readonly isOff: boolean;
}

/** What to deploy, where, and how. */
export interface DeployRequest {
  /** The project's directory, absolute: where deploy.json is. */
  readonly directory: string;
  readonly config: DeployConfig;
  readonly values: ResolvedValues;
  readonly app: string;
  readonly target: DeployTarget;
  readonly builder: DeployConfig['builder'];
  /** Returns why the direct builder executes no RUN on a base image. Default: it does where this machine allows it. */
  readonly whyNoRun?: NonNullable<InstructionSelection['whyNoRun']>;
  /** The project's name, which no other project of the repository has: the scope of its cache of RUN. Default: no cache. */
  readonly project?: string;
  /** The environment of deploy.json that is deployed to. */
  readonly environment?: string;
  /** The environment whose images are released, instead of building some. Needs no Dockerfile and no files of the app. */
  readonly promoteFrom?: string;
  /** Commits whose recorded images are released, the first one's that has a record, instead of building some. */
  readonly recordedCommits?: readonly string[];
  /** What `prepareBuild` returned for this request. Default: the deploy prepares the build itself. */
  readonly prepared?: PreparedBuild;
  /** The image that an earlier job built, in place of a build. */
  readonly handed?: HandedOver;
  /** The deployed commit, if known. */
  readonly revision?: string;
  /** Whether files differ from that commit. Then no record says that the commit was deployed. */
  readonly uncommitted?: boolean;
  /** Compares the commit with the one that runs. Default: nothing is older. */
  readonly compareCommits?: CompareCommits;
  readonly dryRun?: boolean;
  /** Verifies every layer that is reused from the last deploy. Direct builder only. */
  readonly verifyReuse?: boolean;
  /** Writes the base image's digest to the lock file next to the Dockerfile. Direct builder only. */
  readonly pin?: boolean;
  /**
   * A fresh value that gives the image a new ID although nothing in it has changed. Heroku ignores the image of a failed
   * release phase when it's released again.
   */
  readonly again?: string;
  /** Which results of RUN are reused. Default: those of the last 14 days. */
  readonly runReuse?: RunReuseRules;
  /** Where the digests of files are kept from run to run, absolute. */
  readonly cacheDirectory?: string;
  /** The digest of what an earlier job built from: the files must be the same. */
  readonly contextDigest?: string;
  /** The GitLab project whose variables deploy.json requires; absent outside GitLab. */
  readonly gitlab?: GitlabAccess;
  /** Warnings found before the deploy. */
  readonly warnings?: readonly string[];
  /** Who started the deploy, and the URL of the pipeline. */
  readonly origin?: { readonly who?: string; readonly pipeline?: string };
  /** Seconds for which the old version's dynos still respond with Preboot. Default: Heroku's 180. */
  readonly prebootSeconds?: number;
  /** A plan that this deploy has to equal: if it no longer applies, nothing is changed. */
  readonly savedPlan?: SavedPlan;
  /** Receives the plan before any change; false stops the deploy. */
  readonly confirm?: (plan: DeployPlan) => Promise<boolean>;
}
