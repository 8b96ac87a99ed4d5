import { EnvHttpProxyAgent, fetch } from 'undici';

export interface GitlabResponse {
  /** Undefined if no response came. */
  readonly status: number | undefined;
  /** The JSON of the response, undefined for anything else. */
  readonly body: unknown;
  /** Why there's nothing to read, if that isn't the status. */
  readonly problem?: string;
  /** Whether another attempt may succeed. */
  readonly isTransient: boolean;
}

/** Larger than 100 deployments with their jobs ever are. */
const maxBytes = 16 * 1024 * 1024;

/**
 * Sends a GET request through the proxy that the environment names. Never follows a redirect, which would send the token to
 * another place. Throws only the signal's reason.
 */
export async function requestJson(
  url: URL,
  headers: Readonly<Record<string, string>>,
  timeoutMs: number,
  signal?: AbortSignal,
): Promise<GitlabResponse> {
  const limit = AbortSignal.timeout(timeoutMs);
  const dispatcher = new EnvHttpProxyAgent();
  try {
    const response = await fetch(url, {
      headers: { ...headers, accept: 'application/json' },
      redirect: 'manual',
      dispatcher,
      signal: signal ? AbortSignal.any([signal, limit]) : limit,
    });
    const { status } = response;
    const location = response.headers.get('location');
    if (location !== null && status >= 300 && status < 400)
      return {
        status,
        body: undefined,
        isTransient: false,
        problem: `${status}: redirected to ${location}: check CI_API_V4_URL`,
      };
    if (Number(response.headers.get('content-length')) > maxBytes)
      return { status, body: undefined, isTransient: false, problem: 'the response is larger than 16 MiB' };
    return { status, body: parse(await response.text()), isTransient: status === 429 || status >= 500 };
  } catch (error) {
    signal?.throwIfAborted();
    const problem = limit.aborted ? `no response within ${timeoutMs} ms` : describeFailure(error);
    return { status: undefined, body: undefined, isTransient: !limit.aborted, problem };
  } finally {
    await dispatcher.destroy();
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Describes the cause, because fetch's own message is only `fetch failed`. */
function describeFailure(error: unknown): string {
  const { message, cause } = error as Error;
  const { code, message: reason } = (cause ?? {}) as NodeJS.ErrnoException;
  if (code === 'DEPTH_ZERO_SELF_SIGNED_CERT' || code === 'SELF_SIGNED_CERT_IN_CHAIN')
    return `${code}: set NODE_EXTRA_CA_CERTS to the certificate of your GitLab's authority`;
  return [code, reason].filter(Boolean).join(' ') || message;
}
