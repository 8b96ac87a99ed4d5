import type { DeployTarget } from '../report/target.ts';
import type { RollbackPlan } from './plan.ts';

/** Where to roll back, and how far. */
export interface RollbackRequest {
  readonly app: string;
  readonly target: DeployTarget;
  /** The environment of deploy.json that is rolled back. */
  readonly environment?: string;
  /** The release to go back to. Default: the newest verified one that ran before with other images. */
  readonly version?: number;
  /** Releases the images of that release instead, so that all config vars stay. */
  readonly keepConfig?: boolean;
  /** The process types of deploy.json: where images and records are looked for. */
  readonly types: readonly string[];
  /** Warnings found before the rollback. */
  readonly warnings?: readonly string[];
  /** Who started the rollback, and the URL of the pipeline. */
  readonly origin?: { readonly who?: string; readonly pipeline?: string };
  /** Seconds for which the replaced version's dynos still respond with Preboot. Default: Heroku's 180. */
  readonly prebootSeconds?: number;
  /** Receives the plan before any change; false stops the rollback. */
  readonly confirm?: (plan: RollbackPlan) => Promise<boolean>;
}
