/** The newest successful deployment to an environment. */
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
 * Fetches the newest successful deployment from GitLab, with the job's `CI_JOB_TOKEN`. Follows no redirect, so the token is
 * sent only to `CI_API_V4_URL`. Returns kind `unknown` for every failure.
 * @see https://docs.gitlab.com/api/deployments/#list-project-deployments
 */
export async function fetchLastDeployment(
  env: Readonly<Record<string, string | undefined>>,
  { environment, timeoutMs = 10_000, signal }: FetchLastDeploymentOptions,
): Promise<LastDeployment> {
  const { CI_API_V4_URL: api, CI_PROJECT_ID: project, CI_JOB_TOKEN: token } = env;
  if (!api || !project || !token) {
    const missing = Object.entries({ CI_API_V4_URL: api, CI_PROJECT_ID: project, CI_JOB_TOKEN: token });
    const names = missing.filter(([, value]) => !value).map(([name]) => name);
    return unknownDeployment(`this isn't a GitLab job (${names.join(', ')} not set)`);
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
    if (!response.ok)
      return unknownDeployment(`GET ${url}: ${response.status}: ${firstLine(body) || response.statusText}`);
    return (
      newestOf(JSON.parse(body), environment) ??
      unknownDeployment(`GET ${url}: the response isn't a list of deployments`)
    );
  } catch (error) {
    signal?.throwIfAborted();
    return unknownDeployment(
      `GET ${url}: ${timeLimit.aborted ? `no response within ${timeoutMs} ms` : describeFailure(error)}`,
    );
  }
}

function newestOf(list: unknown, environment: string): LastDeployment | undefined {
  if (!Array.isArray(list)) return undefined;
  const [newest] = list as [{ sha?: unknown } | null | undefined];
  return newest ? { kind: 'deployed', environment, commit: newest.sha } : { kind: 'none', environment };
}

function unknownDeployment(reason: string): LastDeployment {
  return { kind: 'unknown', reason: `can't read the last deployment: ${reason}` };
}

function firstLine(body: string): string {
  return (body.trim().split('\n')[0] ?? '').slice(0, 200);
}

/** Describes the cause, because fetch's own message is only `fetch failed`. */
function describeFailure(error: unknown): string {
  const { message, cause } = error as Error;
  const reason = cause instanceof Error ? `${(cause as NodeJS.ErrnoException).code ?? ''} ${cause.message}`.trim() : '';
  const hint = /CERT|certificate/i.test(reason) ? ': set NODE_EXTRA_CA_CERTS to CI_SERVER_TLS_CA_FILE' : '';
  return reason ? `${reason}${hint}` : message;
}
