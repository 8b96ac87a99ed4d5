export { decide, type DecideInput, type DecidingJob, type Decision, type KnownDeployments } from './decision/decide.ts';
export { type Liveness, livenessOf, livenessTable } from './deployments/liveness.ts';
export type { DeploymentRecord } from './deployments/record.ts';
export { assertDistinctEnvironments, gitlabEnvironmentOf } from './environment.ts';
export { GitLabCiError, type GitLabCiErrorCode } from './errors.ts';
export { type Ancestry, ancestryOf, type History, relate, type Relation } from './git/history.ts';
