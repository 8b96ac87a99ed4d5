import type { KnownDeployments } from './known-deployments.ts';
import { type Listed, listDeployments, pageSize } from './list-deployments.ts';
import { Patience } from './patience.ts';
import type { DeploymentRecord } from './record.ts';

type Environment = Readonly<Record<string, string | undefined>>;

export interface FetchDeploymentsOptions {
  /** The name of the GitLab environment. */
  readonly environment: string;
  /** For each attempt. Default 10,000 ms. */
  readonly timeoutMs?: number;
  /** Shared by the requests of one command, which together wait no longer than it lets them. */
  readonly patience?: Patience;
  readonly signal?: AbortSignal | undefined;
}

/** The most deployments since the last success that are read. */
const maxLater = 10 * pageSize;

/**
 * Fetches what GitLab knows about an environment, with the job's `CI_JOB_TOKEN`: the last 100 successes, the newest 100
 * deployments of any status, and all that have changed since the last success started. That takes two requests, and after 100
 * deployments one more for every 100 changes, up to 1000. Follows no redirect, so the token reaches only `CI_API_V4_URL`.
 * Returns kind `unknown` for every failure.
 * @see https://docs.gitlab.com/api/deployments/#list-project-deployments
 */
export async function fetchDeployments(env: Environment, options: FetchDeploymentsOptions): Promise<KnownDeployments> {
  const { CI_API_V4_URL: api, CI_PROJECT_ID: project, CI_JOB_TOKEN: token } = env;
  if (!api || !project || !token) {
    const missing = Object.entries({ CI_API_V4_URL: api, CI_PROJECT_ID: project, CI_JOB_TOKEN: token });
    const names = missing.filter(([, value]) => !value).map(([name]) => name);
    return { kind: 'unknown', reason: `this isn't a GitLab job (${names.join(', ')} not set)` };
  }
  if (!/^https?:$/.test(URL.canParse(api) ? new URL(api).protocol : ''))
    return { kind: 'unknown', reason: `CI_API_V4_URL isn't an http or https URL: ${JSON.stringify(api)}` };
  const { patience = new Patience() } = options;
  const address = new URL(`${api.replace(/\/+$/, '')}/projects/${encodeURIComponent(project)}`);
  const list = (query: Readonly<Record<string, string>>): Promise<Listed> =>
    listDeployments(address, token, query, { ...options, patience });
  const [successes, recent] = await Promise.all([
    // Older versions of GitLab accept this order only with a limit.
    list({ status: 'success', order_by: 'finished_at', finished_after: '1970-01-01T00:00:00Z' }),
    list({ order_by: 'id' }),
  ]);
  if (recent.kind === 'failed') return { kind: 'unknown', reason: recent.reason };
  const isRefused = successes.kind === 'failed' && successes.status === 400;
  if (successes.kind === 'failed' && !isRefused) return { kind: 'unknown', reason: successes.reason };
  const last = (successes.kind === 'listed' ? successes.records : lastFinishedFirst(recent.records))[0];
  const isAll = recent.records.length < pageSize || (last === undefined && !isRefused);
  const later = isAll ? [] : await listSince(last?.startedAt ?? last?.createdAt ?? 0, options.environment, list);
  if (!Array.isArray(later)) return later;
  const records = [...new Map([...recent.records, ...later].map((record) => [record.id, record])).values()];
  return {
    kind: 'known',
    successes: successes.kind === 'listed' ? successes.records : lastFinishedFirst(records),
    recent: records,
    ...(recent.environmentUrl === undefined ? {} : { environmentUrl: recent.environmentUrl }),
  };
}

/**
 * Lists every deployment that has changed since a time: GitLab numbers deployments when their pipeline starts, so any number of
 * newer ones may be in front of one that started later.
 */
async function listSince(
  time: number,
  environment: string,
  list: (query: Readonly<Record<string, string>>) => Promise<Listed>,
): Promise<DeploymentRecord[] | Extract<KnownDeployments, { kind: 'unknown' }>> {
  const changed = { order_by: 'updated_at', updated_after: new Date(time).toISOString() };
  const records: DeploymentRecord[] = [];
  for (let page = 1; records.length < maxLater; page += 1) {
    const found = await list({ ...changed, page: String(page) });
    if (found.kind === 'failed') return { kind: 'unknown', reason: found.reason };
    records.push(...found.records);
    if (found.records.length < pageSize) return records;
  }
  const reason = `${environment} has had ${maxLater} deployments since its last success`;
  return { kind: 'unknown', reason, isTooLong: true };
}

function lastFinishedFirst(records: readonly DeploymentRecord[]): DeploymentRecord[] {
  const successes = records.filter(({ status }) => status === 'success');
  return successes.toSorted((a, b) => (b.finishedAt ?? 0) - (a.finishedAt ?? 0) || b.id - a.id);
}
