import { createRequesterFn, type RequestHandlerFn, type RequestOptions } from '@gitbeaker/requester-utils';
import { requestError } from '../variable/errors.ts';
import { describeBody, requestIdOf } from './response-error.ts';
import { type GitlabRequest, lineOf, send, type SendOptions } from './send.ts';

export interface RequesterOptions extends SendOptions {
  readonly userAgent: string;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Creates the `requesterFn` of a @gitbeaker resource. @gitbeaker's own ignores Retry-After, follows redirects, accepts an HTML
 * page as success, and prints the token with its errors.
 */
export function requesterFn(options: RequesterOptions): ReturnType<typeof createRequesterFn> {
  const handle = (endpoint: string, request: RequestOptions = {}) =>
    perform(requestFor(endpoint, request, options), options);
  return createRequesterFn(async (_resource, request) => request, handle as RequestHandlerFn);
}

function requestFor(
  endpoint: string,
  { method = 'GET', prefixUrl, searchParams = '', headers, body }: RequestOptions,
  { userAgent, signal }: RequesterOptions,
): GitlabRequest {
  const url = new URL(`${prefixUrl}/${endpoint}`);
  url.search = searchParams;
  const request = { method, url, headers: { accept: 'application/json', 'user-agent': userAgent, ...headers }, signal };
  if (typeof body !== 'string' || method === 'DELETE') return { ...request, secrets: [] };
  const { value } = JSON.parse(body) as { value?: unknown };
  return { ...request, body, secrets: typeof value === 'string' ? [value] : [] };
}

async function perform(request: GitlabRequest, options: RequesterOptions) {
  const response = await send(request, options);
  const { status, headers } = response;
  if (status === 204 || request.method === 'DELETE') return { status, headers, body: null };
  try {
    return { status, headers, body: JSON.parse(response.body) as unknown };
  } catch {
    const found = describeBody(response, (text) => options.redact(text, request.secrets));
    throw requestError(lineOf(request), 'PROTOCOL', `returned ${status} ${found} instead of JSON`, {
      status,
      ...requestIdOf(response),
    });
  }
}
