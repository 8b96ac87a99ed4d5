export { createRedactor, mayReceiveApiKey, Secret, shortImageId } from '@tozo/heroku-client';
export { type CiVariablesRequest, type CiVariablesResult, runCiVariables } from './ci-variables.ts';
export { jobVariableProblem, unsetVariableCause } from './config/job-variable.ts';
export { loadConfig, parseConfig } from './config/load-config.ts';
export { type Promotion, promotionBetween } from './config/promotion.ts';
export { selectEnvironment } from './config/select-environment.ts';
export { appNameGrammar, type DeployConfig, type HealthCheck } from './config/schema.ts';
export { type ResolvedValues, resolveValues } from './config/values.ts';
export { deploy, startDeploy } from './deploy.ts';
export { DeployError, type DeployErrorCode } from './errors.ts';
export { contextDigestOf } from './images/create-builder.ts';
export { buildForHandover, type HandoverRequest } from './images/build-image.ts';
export { defaultRunMaxAge, parseAge as parseRunMaxAge } from '@tozo/registry-pusher';
export { handoverDirectory, handoverRepository, readHandover, writeHandover } from './images/handover-file.ts';
export { findStaleCopy, staleCopyWarning } from './images/stale-copy.ts';
export { type BuildSettings, prepareBuild } from './images/prepare-build.ts';
export { type DeployPlan, isUnchanged } from './plan/plan.ts';
export { type NeededImage, neededImages, readTextFile, RegistryPusherError } from '@tozo/registry-pusher';
export type { ImageBuilder, ImagePublisher, ImagesOrigin, PreparedBuild } from './ports.ts';
export { formatPlanFile, type SavedPlan } from './plan/plan-file.ts';
export { readPlanFile } from './plan/read-plan-file.ts';
export { type Check, note, ok, problem, skipped } from './doctor/check.ts';
export {
  checkHerokuApp,
  checkKey,
  checkRateLimit,
  checkRegistry,
  createKey,
  skipHeroku,
} from './doctor/check-heroku.ts';
export {
  type BuildEnvironment,
  checkBuild,
  checkConfig,
  type CheckedBuild,
  checkValues,
} from './doctor/check-project.ts';
export { checkRun, needsReuse } from './doctor/check-run.ts';
export { checkState } from './doctor/check-state.ts';
export type { DeployEvent, Emit, StepName } from './report/events.ts';
export { formatBytes } from './report/format.ts';
export { type DeployOutcome, exitCodeOf } from './outcome/outcome.ts';
export type { DeployReport } from './report/report.ts';
export type { RunningDeploy } from './report/running.ts';
export type { DeployTarget } from './report/target.ts';
export type { DeployRequest, RunReuseRules } from './request.ts';
export type { RollbackPlan } from './rollback/plan.ts';
export type { RollbackRequest } from './rollback/request.ts';
export { startRollback } from './rollback/rollback.ts';
export { isServiceError } from './service-error.ts';
export { connectServices, type ServiceAddresses, type Services } from './services.ts';
export { checkCiVariables, type GitlabAccess } from './state/ci-variables.ts';
export type { CommitRelation, CompareCommits, RelationToCommit } from './state/ancestry.ts';
export type { HistoryEntry } from './status/history.ts';
export { readStatus, type StatusRequest } from './status/read-status.ts';
export type { AppStatus } from './status/status.ts';
export {
  type DeployRecords,
  openRecords,
  type RecordOptions,
  type WantedRecord,
} from './state/records/open-records.ts';
export type { DeployRecord } from './state/records/record.ts';
