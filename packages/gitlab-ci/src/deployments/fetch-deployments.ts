import { setTimeout as wait } from 'node:timers/promises';
import type { KnownDeployments } from './known-deployments.ts';
import { parseDeployments, parseEnvironmentUrl } from './parse.ts';
import type { DeploymentRecord } from './record.ts';
import { type GitlabResponse, requestJson } from './request.ts';

type Environment = Readonly<Record<string, string | undefined>>;

export interface FetchDeploymentsOptions {
  /** The name of the GitLab environment. */
  readonly environment: string;
  /** For each of up to three attempts. Default 10,000 ms. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal | undefined;
}

/** Milliseconds before the second and the third attempt. */
const pauses = [300, 1000];

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
  const list = async (query: Readonly<Record<string, string>>): Promise<Listed> => {
    const url = new URL(`${api.replace(/\/+$/, '')}/projects/${encodeURIComponent(project)}/deployments`);
    url.search = String(
      new URLSearchParams({ environment: options.environment, ...query, sort: 'desc', per_page: '100' }),
    );
    return readList(url, await attempt(url, token, options));
  };
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

type Listed =
  | {
      readonly kind: 'listed';
      readonly records: readonly DeploymentRecord[];
      readonly environmentUrl: string | undefined;
    }
  | { readonly kind: 'failed'; readonly reason: string; readonly status: number | undefined };

function readList(url: URL, response: GitlabResponse): Listed {
  const { status, body, problem } = response;
  if (status === 200) {
    const records = parseDeployments(body);
    if (records) return { kind: 'listed', records, environmentUrl: parseEnvironmentUrl(body) };
  }
  const where = `can't read the deployments of ${url.searchParams.get('environment')}: GET ${url.origin}${url.pathname}`;
  return { kind: 'failed', status, reason: `${where}: ${problem ?? explain(status, body)}` };
}

/** Says what a status means for the deployments of a project, and what to do. */
function explain(status: number | undefined, body: unknown): string {
  switch (status) {
    case 200:
      return "the response isn't a list of deployments: check CI_API_V4_URL";
    case 401:
      return '401: CI_JOB_TOKEN is no longer valid: it ends with its job';
    case 403:
      return `403: CI_JOB_TOKEN has no permission to read deployments: add "Deployments: read" under Settings > CI/CD > Job token permissions, and see that the user who started the pipeline is at least a Reporter${quote(body)}`;
    case 404:
      return `404: the project isn't visible to CI_JOB_TOKEN, or its deployments are switched off${quote(body)}`;
    default:
      return `${status}${quote(body)}`;
  }
}

function quote(body: unknown): string {
  return body === undefined ? '' : ` (${JSON.stringify(body).slice(0, 200)})`;
}

async function attempt(url: URL, token: string, options: FetchDeploymentsOptions): Promise<GitlabResponse> {
  const { timeoutMs = 10_000, signal } = options;
  const send = (): Promise<GitlabResponse> => requestJson(url, { 'JOB-TOKEN': token }, timeoutMs, signal);
  let response = await send();
  for (const pause of pauses) {
    if (!response.isTransient) break;
    await wait(pause, undefined, signal ? { signal } : {}).catch(() => signal?.throwIfAborted());
    response = await send();
  }
  return response;
}

function lastFinishedFirst(records: readonly DeploymentRecord[]): DeploymentRecord[] {
  const successes = records.filter(({ status }) => status === 'success');
  return successes.toSorted((a, b) => (b.finishedAt ?? 0) - (a.finishedAt ?? 0) || b.id - a.id);
}
