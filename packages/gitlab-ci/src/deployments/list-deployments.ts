import { setTimeout as wait } from 'node:timers/promises';
import { parseDeployments, parseEnvironmentUrl } from './parse.ts';
import type { Patience } from './patience.ts';
import type { DeploymentRecord } from './record.ts';
import { type GitlabResponse, requestJson } from './request.ts';

export interface ListOptions {
  readonly environment: string;
  /** For each attempt. Default 10,000 ms. */
  readonly timeoutMs?: number;
  readonly patience: Patience;
  readonly signal?: AbortSignal | undefined;
}

/** The most that GitLab lists in one page. */
export const pageSize = 100;

/** Milliseconds before the second and the third attempt, unless GitLab says when. */
const pauses = [300, 1000];

/** One page of a list of deployments, or why it isn't known. */
export type Listed =
  | {
      readonly kind: 'listed';
      readonly records: readonly DeploymentRecord[];
      readonly environmentUrl: string | undefined;
    }
  | { readonly kind: 'failed'; readonly reason: string; readonly status: number | undefined };

/** Fetches one page of an environment's deployments. Never fails because of GitLab; throws only the signal's reason. */
export async function listDeployments(
  project: URL,
  token: string,
  query: Readonly<Record<string, string>>,
  options: ListOptions,
): Promise<Listed> {
  const url = new URL(`${project.href}/deployments`);
  url.search = String(
    new URLSearchParams({ environment: options.environment, ...query, sort: 'desc', per_page: String(pageSize) }),
  );
  return readList(url, await attempt(url, token, options));
}

function readList(url: URL, response: GitlabResponse): Listed {
  const { status, body, problem, isTransient, retryAfterMs } = response;
  if (status === 200) {
    const records = parseDeployments(body);
    if (records) return { kind: 'listed', records, environmentUrl: parseEnvironmentUrl(body) };
  }
  const where = `can't read the deployments of ${url.searchParams.get('environment')}: GET ${url.origin}${url.pathname}`;
  const asked = isTransient && retryAfterMs ? `, and GitLab asks to wait ${Math.ceil(retryAfterMs / 1000)} s` : '';
  return { kind: 'failed', status, reason: `${where}: ${problem ?? explain(status, body)}${asked}` };
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

async function attempt(url: URL, token: string, options: ListOptions): Promise<GitlabResponse> {
  const { timeoutMs = 10_000, patience, signal } = options;
  const send = (): Promise<GitlabResponse> => requestJson(url, { 'JOB-TOKEN': token }, timeoutMs, signal);
  let response = await send();
  for (let failures = 0; response.isTransient; failures += 1) {
    const pause = pauseBefore(response, failures, patience);
    if (pause === undefined) break;
    await wait(pause, undefined, signal ? { signal } : {}).catch(() => signal?.throwIfAborted());
    response = await send();
  }
  return response;
}

/** Returns the milliseconds before the next attempt, or undefined if there should be none. */
function pauseBefore({ retryAfterMs }: GitlabResponse, failures: number, patience: Patience): number | undefined {
  if (retryAfterMs === undefined) return pauses[failures];
  const ms = Math.max(retryAfterMs, pauses[failures] ?? pauses.at(-1)!);
  return patience.allows(ms) ? ms : undefined;
}
