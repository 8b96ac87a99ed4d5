import { requestJson } from '../deployments/request.ts';

/** How GitLab orders the jobs that wait for a resource group, or why that isn't known. */
export type ProcessMode = { readonly mode: string } | { readonly unknown: string };

/**
 * Reads the process mode of a resource group, with a personal or project access token: CI_JOB_TOKEN can't.
 * @param api such as `https://gitlab.com/api/v4`
 * @see https://docs.gitlab.com/api/resource_groups/
 */
export async function fetchProcessMode(
  { api, project, token }: { readonly api: string; readonly project: string; readonly token: string },
  resourceGroup: string,
  { timeoutMs = 10_000, signal }: { readonly timeoutMs?: number; readonly signal?: AbortSignal } = {},
): Promise<ProcessMode> {
  const path = `projects/${encodeURIComponent(project)}/resource_groups/${encodeURIComponent(resourceGroup)}`;
  const url = new URL(`${api.replace(/\/+$/, '')}/${path}`);
  const { status, body, problem } = await requestJson(url, { 'private-token': token }, timeoutMs, signal);
  const { process_mode: mode } = (body ?? {}) as { process_mode?: unknown };
  if (status === 200 && typeof mode === 'string') return { mode };
  if (status === 404) return { unknown: 'no job has used it yet' };
  if (status === 401 || status === 403)
    return { unknown: `${status}: the token needs the role Maintainer and scope read_api` };
  return { unknown: problem ?? `GET ${url.origin}${url.pathname}: ${status}` };
}
