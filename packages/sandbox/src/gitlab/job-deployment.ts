import { SandboxError } from '../errors/sandbox-error.ts';
import type { DeploymentStatus } from './model.ts';
import type { Projects } from './projects.ts';
import { addDeployment } from './routes/deployments.ts';

/** A deployment that GitLab records by itself, because a job has an environment. */
export interface JobDeployment {
  /** `group/name`. Default: the first project. */
  readonly project?: string;
  readonly environment: string;
  /** The commit. */
  readonly sha: string;
  /** Default: main. */
  readonly ref?: string;
  readonly status: DeploymentStatus;
  readonly jobId: number;
  readonly pipelineId: number;
  /** Default: push. */
  readonly source?: string;
  /** Undefined if no runner got the job. */
  readonly startedAt?: Date;
  /** Undefined while the job runs. */
  readonly finishedAt?: Date;
}

/** Records a job's deployment. A later record of the same job changes its status, as GitLab does. */
export function recordJobDeployment(projects: Projects, told: JobDeployment): void {
  const project = told.project === undefined ? projects.list()[0] : projects.find(told.project);
  if (!project) throw new SandboxError('OPTION_INVALID', `There's no GitLab project ${told.project ?? ''}.`);
  const job = {
    id: told.jobId,
    started_at: told.startedAt?.toISOString() ?? null,
    finished_at: told.finishedAt?.toISOString() ?? null,
    pipeline: { id: told.pipelineId, source: told.source ?? 'push' },
  };
  const now = projects.now();
  const { environment, sha, status, ref = 'main' } = told;
  const known = project.deployments.find(({ deployable }) => deployable?.id === told.jobId);
  const updated = job.finished_at ?? job.started_at ?? now;
  const changes = { status, finished_at: job.finished_at, deployable: job, updated_at: updated };
  Object.assign(known ?? addDeployment(project, { environment, sha, status, ref, tag: false }, now), changes);
  projects.save(project);
}
