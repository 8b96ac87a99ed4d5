import { isRecord } from '../json.ts';
import type { DeploymentRecord } from './record.ts';

/**
 * Returns the deployments of a response of GitLab, or undefined if it isn't a list of deployments. What an entry lacks is
 * unknown, and an entry without a commit counts as one of an unknown commit.
 * @see https://docs.gitlab.com/api/deployments/#list-project-deployments
 */
export function parseDeployments(value: unknown): DeploymentRecord[] | undefined {
  return Array.isArray(value) && value.every(isRecord) ? value.map(parseDeployment) : undefined;
}

/** Returns the URL of the environment that a response's deployments belong to, if it has any. */
export function parseEnvironmentUrl(value: unknown): string | undefined {
  const [first] = Array.isArray(value) ? (value as unknown[]) : [];
  const environment = isRecord(first) ? first['environment'] : undefined;
  return isRecord(environment) ? textOf(environment['external_url']) : undefined;
}

function parseDeployment(value: Readonly<Record<string, unknown>>): DeploymentRecord {
  const job = isRecord(value['deployable']) ? value['deployable'] : undefined;
  const pipeline = isRecord(job?.['pipeline']) ? job['pipeline'] : undefined;
  const finished = timeOf(value['finished_at']) ?? timeOf(job?.['finished_at']);
  return {
    id: numberOf(value['id']) ?? 0,
    sha: textOf(value['sha']) ?? 'unknown',
    status: textOf(value['status']) ?? 'unknown',
    createdAt: timeOf(value['created_at']),
    startedAt: job === undefined ? undefined : (timeOf(job['started_at']) ?? null),
    finishedAt: finished,
    jobId: numberOf(job?.['id']),
    pipelineId: numberOf(pipeline?.['id']),
    source: textOf(pipeline?.['source']),
  };
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined;
}

function timeOf(value: unknown): number | undefined {
  const time = typeof value === 'string' ? Date.parse(value) : Number.NaN;
  return Number.isNaN(time) ? undefined : time;
}
