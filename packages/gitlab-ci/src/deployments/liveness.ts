import type { DeploymentRecord } from './record.ts';

/** Whether the app may run what a deployment was for: `maybe` after a job that got further than anybody saw. */
export type Liveness = 'live' | 'maybe' | 'no';

interface LivenessRow {
  readonly status: string;
  /** Whether a runner started the job. `unknown` for a deployment without a job, made through the API. */
  readonly started: 'yes' | 'no' | 'unknown';
  readonly liveness: Liveness;
  /** Why, and where GitLab says so. */
  readonly source: string;
}

const statuses = 'https://docs.gitlab.com/api/deployments/#list-project-deployments';
const cancel = 'https://docs.gitlab.com/ci/jobs/#cancel-jobs';
const autoCancel = 'https://docs.gitlab.com/ci/pipelines/settings/#auto-cancel-redundant-pipelines';
const outdated = 'https://docs.gitlab.com/ci/environments/deployment_safety/#prevent-outdated-deployment-jobs';
const sync = 'https://github.com/gitlabhq/gitlabhq/blob/HEAD/app/models/concerns/ci/deployable.rb';
const approvals = 'https://docs.gitlab.com/ci/environments/deployment_approvals/';

/**
 * What GitLab records, and what it means. GitLab copies the status from the job whenever that changes, so a record says how
 * far the job got only together with the job's `started_at`.
 */
export const livenessTable: readonly LivenessRow[] = [
  { status: 'success', started: 'yes', liveness: 'live', source: `The job succeeded. ${sync}` },
  { status: 'success', started: 'no', liveness: 'live', source: `Only a job that ran can succeed. ${sync}` },
  { status: 'success', started: 'unknown', liveness: 'live', source: `Reported through the API. ${statuses}` },
  { status: 'created', started: 'no', liveness: 'no', source: `The job waits. ${statuses}` },
  { status: 'created', started: 'unknown', liveness: 'no', source: `The API can't create it. ${statuses}` },
  { status: 'blocked', started: 'no', liveness: 'no', source: `Waits for an approval. ${approvals}` },
  { status: 'blocked', started: 'unknown', liveness: 'no', source: `Waits for an approval. ${approvals}` },
  { status: 'skipped', started: 'no', liveness: 'no', source: `An earlier job failed. ${sync}` },
  { status: 'running', started: 'yes', liveness: 'maybe', source: `The job runs. ${statuses}` },
  { status: 'running', started: 'unknown', liveness: 'maybe', source: `Reported through the API. ${statuses}` },
  { status: 'failed', started: 'yes', liveness: 'maybe', source: `The job may fail after it released. ${sync}` },
  {
    status: 'failed',
    started: 'no',
    liveness: 'no',
    source: `Refused before a runner got it: outdated, or its artifacts expired. ${outdated}`,
  },
  { status: 'failed', started: 'unknown', liveness: 'maybe', source: `Reported through the API. ${statuses}` },
  { status: 'canceled', started: 'yes', liveness: 'maybe', source: `Canceled while it ran. ${cancel}` },
  {
    status: 'canceled',
    started: 'no',
    liveness: 'no',
    source: `Canceled before it ran, also by GitLab. ${autoCancel}`,
  },
  { status: 'canceled', started: 'unknown', liveness: 'maybe', source: `Reported through the API. ${statuses}` },
];

const rows = new Map(livenessTable.map((row) => [`${row.status} ${row.started}`, row.liveness]));

/** Returns whether a deployment may be live. What the table doesn't list may. */
export function livenessOf({ status, startedAt }: Pick<DeploymentRecord, 'status' | 'startedAt'>): Liveness {
  const started = startedAt === undefined ? 'unknown' : startedAt === null ? 'no' : 'yes';
  return rows.get(`${status} ${started}`) ?? 'maybe';
}
