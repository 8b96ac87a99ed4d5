import type { HerokuClient, HttpResponse } from '@tozo/heroku-client';
import type { HealthCheck } from '../config/schema.ts';
import type { VersionMarker } from '../plan/plan.ts';

/** What a healthy response of the app looks like. */
export interface ResponseExpectation {
  /** The app's URL. */
  readonly url: string;
  readonly health: Pick<HealthCheck, 'path' | 'status' | 'bodyIncludes'>;
  /** Whether any response below 500 is healthy: for a version whose health check isn't known. */
  readonly anyResponse?: boolean;
  /** Absent when the version can't be proven. */
  readonly marker?: VersionMarker;
}

interface CheckedResponse {
  /** Absent if all is well. */
  readonly problem?: string;
  /** Absent without a response of the app's host. */
  readonly status?: number;
}

const responseTimeoutMs = 10_000;
const longestBody = 1024 * 1024;
const mostRedirects = 5;

/** Requests the health path of the app, and judges the response. */
export async function checkResponse(
  heroku: Pick<HerokuClient, 'getAppPage'>,
  expectation: ResponseExpectation,
  signal: AbortSignal | undefined,
): Promise<CheckedResponse> {
  const { url, health } = expectation;
  const timeout = AbortSignal.timeout(responseTimeoutMs);
  try {
    const within = signal ? AbortSignal.any([signal, timeout]) : timeout;
    const response = await getFollowing(heroku, new URL(health.path, url), within);
    if (typeof response === 'string') return { problem: `GET ${health.path} ${response}` };
    const problem = await judgeResponse(response, expectation);
    response.discard();
    return { status: response.status, ...(problem === undefined ? {} : { problem: `GET ${health.path} ${problem}` }) };
  } catch (error) {
    if (signal?.aborted) throw error;
    if (timeout.aborted) return { problem: `GET ${health.path} got no response within ${responseTimeoutMs / 1000} s` };
    return { problem: `GET ${health.path} failed: ${causeOf(error)}` };
  }
}

/** Follows redirects within the host. A redirect to another host says nothing about this app. */
async function getFollowing(
  heroku: Pick<HerokuClient, 'getAppPage'>,
  start: URL,
  signal: AbortSignal,
): Promise<HttpResponse | string> {
  let url = start;
  for (let redirects = 0; redirects <= mostRedirects; redirects += 1) {
    const request = heroku.getAppPage(url, { headers: { 'cache-control': 'no-cache' }, signal });
    const response = redirects === 0 ? await request : await request.catch((error: unknown) => causeOf(error));
    if (typeof response === 'string') {
      signal.throwIfAborted();
      return `redirects to ${url.origin}, which doesn't respond: ${response}`;
    }
    const location = response.headers['location'];
    if (response.status < 300 || response.status > 399 || location === undefined) return response;
    response.discard();
    const target = URL.canParse(location, url.href) ? new URL(location, url) : undefined;
    if (!target || !/^https?:$/.test(target.protocol)) return `redirects to "${location}", which isn't a web address`;
    if (target.hostname !== start.hostname) return `redirects to another host, ${target.host}`;
    url = target;
  }
  return `redirects more than ${mostRedirects} times`;
}

/** Returns the first line of an error's cause: OpenSSL's messages have more. */
function causeOf(error: unknown): string {
  const { cause, message } = error as Error;
  return (cause instanceof Error ? cause.message : message).split('\n', 1)[0]!;
}

async function judgeResponse(
  response: HttpResponse,
  { health, anyResponse, marker }: ResponseExpectation,
): Promise<string | undefined> {
  const { status } = response;
  if (anyResponse) return status < 500 ? undefined : `returned ${status}`;
  if (health.status === undefined ? status < 200 || status > 299 : status !== health.status) {
    return `returned ${status}${health.status === undefined ? '' : ` instead of ${health.status}`}`;
  }
  if (health.bodyIncludes !== undefined && !(await readBody(response)).includes(health.bodyIncludes)) {
    return `returned a body without ${JSON.stringify(health.bodyIncludes)}`;
  }
  if (marker === undefined) return undefined;
  const found = response.headers[marker.header.toLowerCase()];
  if (found === marker.value) return undefined;
  return found === undefined
    ? `returned no header ${marker.header}`
    : `returned a different version in ${marker.header}`;
}

/** Returns the first megabyte of the body. */
async function readBody({ body }: HttpResponse): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of body) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length >= longestBody) break;
  }
  return text;
}
