/** What GitLab knows of the newest successful deployment to an environment. */
export type LastDeployment =
  | { readonly kind: 'deployed'; readonly environment: string; readonly commit: unknown }
  | { readonly kind: 'none'; readonly environment: string }
  | { readonly kind: 'unknown'; readonly reason: string };

export interface FetchLastDeploymentOptions {
  readonly environment: string;
  /** Default 10,000 ms. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

/**
 * Asks GitLab, as this job (`CI_JOB_TOKEN`), for the newest successful deployment.
 * The token goes to `CI_API_V4_URL` alone: a redirect is not followed. Whatever goes wrong is an answer of kind `unknown`.
 * See https://docs.gitlab.com/api/deployments/#list-project-deployments
 */
export async function fetchLastDeployment(
  env: Readonly<Record<string, string | undefined>>,
  { environment, timeoutMs = 10_000, signal }: FetchLastDeploymentOptions,
): Promise<LastDeployment> {
  const { CI_API_V4_URL: api, CI_PROJECT_ID: project, CI_JOB_TOKEN: token } = env;
  if (!api || !project || !token) {
    const missing = Object.entries({ CI_API_V4_URL: api, CI_PROJECT_ID: project, CI_JOB_TOKEN: token });
    const names = missing.filter(([, value]) => !value).map(([name]) => name);
    return unknown(`this is no GitLab job (${names.join(', ')} not set)`);
  }
  const url = new URL(`${api.replace(/\/+$/, '')}/projects/${encodeURIComponent(project)}/deployments`);
  url.search = String(
    new URLSearchParams({ environment, status: 'success', order_by: 'id', sort: 'desc', per_page: '1' }),
  );
  const timeLimit = AbortSignal.timeout(timeoutMs);
  try {
    const response = await fetch(url, {
      headers: { 'JOB-TOKEN': token, accept: 'application/json' },
      redirect: 'manual',
      signal: signal ? AbortSignal.any([signal, timeLimit]) : timeLimit,
    });
    const body = await response.text();
    if (!response.ok) return unknown(`GET ${url}: ${response.status}: ${firstLine(body) || response.statusText}`);
    return newestOf(JSON.parse(body), environment) ?? unknown(`GET ${url}: the answer is not a list of deployments`);
  } catch (error) {
    signal?.throwIfAborted();
    return unknown(`GET ${url}: ${timeLimit.aborted ? `no answer within ${timeoutMs} ms` : whatFailed(error)}`);
  }
}

function newestOf(answer: unknown, environment: string): LastDeployment | undefined {
  if (!Array.isArray(answer)) return undefined;
  const [newest] = answer as [{ sha?: unknown } | null | undefined];
  return newest ? { kind: 'deployed', environment, commit: newest.sha } : { kind: 'none', environment };
}

function unknown(reason: string): LastDeployment {
  return { kind: 'unknown', reason: `the last deployment is not known: ${reason}` };
}

function firstLine(body: string): string {
  return (body.trim().split('\n')[0] ?? '').slice(0, 200);
}

/** `fetch failed` says nothing; its cause does. */
function whatFailed(error: unknown): string {
  const { message, cause } = error as Error;
  const because =
    cause instanceof Error ? `${(cause as NodeJS.ErrnoException).code ?? ''} ${cause.message}`.trim() : '';
  const hint = /CERT|certificate/i.test(because) ? ': set NODE_EXTRA_CA_CERTS to CI_SERVER_TLS_CA_FILE' : '';
  return because ? `${because}${hint}` : message;
}
