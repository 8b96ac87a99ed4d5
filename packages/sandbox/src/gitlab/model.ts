/** @see https://docs.gitlab.com/api/project_level_variables/ */
export interface Variable {
  readonly key: string;
  readonly value: string;
  readonly variable_type: 'env_var' | 'file';
  readonly protected: boolean;
  readonly masked: boolean;
  readonly hidden: boolean;
  readonly raw: boolean;
  readonly environment_scope: string;
  readonly description: string | null;
}

export type DeploymentStatus = 'created' | 'running' | 'success' | 'failed' | 'canceled' | 'skipped' | 'blocked';

/** The job that a deployment belongs to. Times are in ISO format. */
export interface DeploymentJob {
  readonly id: number;
  /** Null for a job that no runner got. */
  readonly started_at: string | null;
  readonly finished_at: string | null;
  readonly pipeline: { readonly id: number; readonly source: string };
}

/** @see https://docs.gitlab.com/api/deployments/ */
export interface Deployment {
  readonly id: number;
  readonly iid: number;
  readonly environment: string;
  readonly ref: string;
  readonly tag: boolean;
  readonly sha: string;
  status: DeploymentStatus;
  readonly created_at: string;
  updated_at: string;
  finished_at: string | null;
  /** Null for a deployment that was created through the API. */
  deployable?: DeploymentJob | null;
}

export interface Environment {
  readonly id: number;
  readonly name: string;
  readonly created_at: string;
  state: 'available' | 'stopped';
  external_url: string | null;
  /** Undefined: guessed from the name. */
  tier?: EnvironmentTier;
  description?: string;
  /** Default: always. */
  auto_stop_setting?: AutoStopSetting;
}

export const environmentTiers = ['production', 'staging', 'testing', 'development', 'other'] as const;
export const autoStopSettings = ['always', 'with_action'] as const;
export type AutoStopSetting = (typeof autoStopSettings)[number];
export type EnvironmentTier = (typeof environmentTiers)[number];

/** @see https://docs.gitlab.com/api/protected_environments/ */
export interface ProtectedEnvironment {
  /** One environment: GitLab matches no wildcards here. */
  readonly name: string;
  readonly deploy_access_levels: readonly DeployAccessLevel[];
  readonly required_approval_count: number;
  readonly approval_rules?: readonly ApprovalRule[];
}

export interface ApprovalRule extends DeployAccessLevel {
  readonly required_approvals: number;
}

export interface DeployAccessLevel {
  readonly id: number;
  readonly access_level: number | null;
  readonly access_level_description: string;
  readonly user_id: number | null;
  readonly group_id: number | null;
  readonly group_inheritance_type: number;
}

/** @see https://docs.gitlab.com/api/protected_branches/ */
export interface ProtectedBranch {
  readonly id: number;
  /** A branch, or a pattern with `*`. */
  readonly name: string;
  /** Default: Maintainers may push and merge. */
  readonly push?: readonly AccessLevel[];
  readonly merge?: readonly AccessLevel[];
  readonly unprotect?: readonly AccessLevel[];
  readonly allowForcePush?: boolean;
  readonly codeOwnerApproval?: boolean;
}

/** Who may do something: a role, a user, a group or a deploy key. */
export interface AccessLevel {
  readonly access_level: number | null;
  readonly user_id: number | null;
  readonly group_id: number | null;
  readonly deploy_key_id: number | null;
}

/** A project as stored on disk. */
export interface Project {
  readonly id: number;
  /** `group/name` */
  path: string;
  readonly created_at: string;
  /** Name, description, visibility and others, as given. */
  settings?: Record<string, unknown>;
  variables: Variable[];
  deployments: Deployment[];
  environments: Environment[];
  protectedBranches: ProtectedBranch[];
  protectedEnvironments?: ProtectedEnvironment[];
}

export function newProject(id: number, path: string, now: string): Project {
  return {
    id,
    path,
    created_at: now,
    variables: [],
    deployments: [],
    environments: [],
    protectedBranches: [{ id: 1, name: 'main' }],
  };
}

/** Guesses the tier from the name. @see https://docs.gitlab.com/ci/environments/#deployment-tier-of-environments */
export function tierOf({ name, tier }: Environment): EnvironmentTier {
  if (tier !== undefined) return tier;
  if (/(prod|live)/i.test(name)) return 'production';
  if (/(stag|model|pre|demo|non)/i.test(name)) return 'staging';
  if (/(test|tst|int|ac(ce|)pt|qa|qc|control|quality)/i.test(name)) return 'testing';
  return /(dev|review|trunk)/i.test(name) ? 'development' : 'other';
}

/** Returns the URL-safe form of an environment's name. */
export function slugOf(name: string): string {
  return name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
    .slice(0, 24);
}
