/** One deployment to an environment, as GitLab's API lists it. Times are milliseconds since 1970. */
export interface DeploymentRecord {
  readonly id: number;
  /** The commit, 40 hex digits (64 in a SHA-256 repository). A child pipeline's deployment has the parent's. */
  readonly sha: string;
  /** GitLab's status: created, running, success, failed, canceled, skipped, blocked, or one that a later version adds. */
  readonly status: string;
  readonly createdAt?: number | undefined;
  /** When the job started. Null if it didn't, undefined for a deployment without a job. */
  readonly startedAt: number | null | undefined;
  /** Undefined while the deployment isn't over, or if GitLab doesn't say. */
  readonly finishedAt?: number | undefined;
  readonly jobId?: number | undefined;
  readonly pipelineId?: number | undefined;
  /** What created the pipeline, as in `CI_PIPELINE_SOURCE`: push, web, schedule. */
  readonly source?: string | undefined;
}

/** Sources of pipelines that people or other systems start on purpose. They deploy every app, e.g. for a rotated secret. */
const forcedSources: ReadonlySet<string> = new Set(['web', 'api', 'trigger', 'pipeline', 'chat']);

/** @see https://docs.gitlab.com/ci/jobs/job_rules/#ci_pipeline_source-predefined-variable */
export function isForced(source: string | undefined): boolean {
  return source !== undefined && forcedSources.has(source);
}
