import type { KnownDeployments } from './known-deployments.ts';
import { type Listed, listDeployments } from './list-deployments.ts';
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

/**
 * Fetches what GitLab knows about an environment, with the job's `CI_JOB_TOKEN`: the last 100 successes and the last 100
 * deployments of any status, in two requests. Follows no redirect, so the token reaches only `CI_API_V4_URL`. Returns kind
 * `unknown` for every failure.
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
  if (successes.kind === 'failed' && successes.status !== 400) return { kind: 'unknown', reason: successes.reason };
  return {
    kind: 'known',
    successes: successes.kind === 'listed' ? successes.records : lastFinishedFirst(recent.records),
    recent: recent.records,
    ...(recent.environmentUrl === undefined ? {} : { environmentUrl: recent.environmentUrl }),
  };
}

function lastFinishedFirst(records: readonly DeploymentRecord[]): DeploymentRecord[] {
  const successes = records.filter(({ status }) => status === 'success');
  return successes.toSorted((a, b) => (b.finishedAt ?? 0) - (a.finishedAt ?? 0) || b.id - a.id);
}
