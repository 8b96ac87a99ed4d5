export { assertDistinctEnvironments, gitlabEnvironmentOf } from './environment.ts';
export { GitLabCiError, type GitLabCiErrorCode } from './errors.ts';
