import { requestError } from '../errors.ts';
import { excerpt, requestIdOf } from './refusal.ts';
import { type GitlabRequest, lineOf, send, type SendOptions } from './sending.ts';

/*
 * What @gitbeaker asks of a requester. Its own ignores Retry-After, follows redirects, takes an HTML page for success, and
 * prints the token with its errors.
 */

export interface ServiceOptions {
  /** The API's address up to the resource: `https://gitlab.com/api/v4/projects`. */
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Functions that give the value of an authorization header. */
  readonly authHeaders: Readonly<Record<string, () => Promise<string>>>;
}

export interface RequesterCall {
  readonly searchParams?: Readonly<Record<string, unknown>> | undefined;
  readonly body?: unknown;
}

export interface RequesterAnswer {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: unknown;
}

export type Requester = Record<
  'get' | 'post' | 'put' | 'patch' | 'delete',
  (endpoint: string, call?: RequesterCall) => Promise<RequesterAnswer>
>;

export interface RequesterOptions extends SendOptions {
  readonly userAgent: string;
  readonly signal?: AbortSignal | undefined;
}

/** Makes the `requesterFn` of a @gitbeaker resource. */
export function requesterFn(options: RequesterOptions): (service: ServiceOptions) => Requester {
  return (service) => {
    const method = (name: string) => async (endpoint: string, call?: RequesterCall) =>
      perform(await requestFor(service, name, endpoint, call ?? {}, options), options);
    return {
      get: method('GET'),
      post: method('POST'),
      put: method('PUT'),
      patch: method('PATCH'),
      delete: method('DELETE'),
    };
  };
}

async function requestFor(
  service: ServiceOptions,
  method: string,
  endpoint: string,
  { searchParams = {}, body }: RequesterCall,
  { userAgent, signal }: RequesterOptions,
): Promise<GitlabRequest> {
  const url = new URL(`${service.url}/${endpoint}`);
  for (const [name, value] of Object.entries(searchParams)) appendQuery(url.searchParams, snakeCase(name), value);
  const fields = Object.entries((body ?? {}) as Record<string, unknown>).map(([name, value]) => [
    snakeCase(name),
    value,
  ]);
  const headers: Record<string, string> = { accept: 'application/json', 'user-agent': userAgent, ...service.headers };
  for (const [name, value] of Object.entries(service.authHeaders)) headers[name] = await value();
  const { value } = (body ?? {}) as { value?: unknown };
  const secrets = typeof value === 'string' ? [value] : [];
  if (fields.length === 0) return { method, url, headers, secrets, signal };
  const text = JSON.stringify(Object.fromEntries(fields));
  const length = String(Buffer.byteLength(text));
  return {
    method,
    url,
    headers: { ...headers, 'content-type': 'application/json', 'content-length': length },
    body: text,
    secrets,
    signal,
  };
}

/** Nested values in brackets, as GitLab reads them: `filter[environment_scope]=production`. */
function appendQuery(query: URLSearchParams, name: string, value: unknown): void {
  if (value === undefined || value === null) return;
  if (typeof value === 'object') {
    for (const [key, inner] of Object.entries(value)) appendQuery(query, `${name}[${snakeCase(key)}]`, inner);
  } else if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') {
    query.append(name, String(value));
  }
}

async function perform(request: GitlabRequest, options: RequesterOptions): Promise<RequesterAnswer> {
  const answer = await send(request, options);
  const headers = Object.fromEntries(Object.entries(answer.headers).map(([name, value]) => [name, String(value)]));
  if (answer.status === 204 || request.method === 'DELETE') return { status: answer.status, headers, body: null };
  try {
    return { status: answer.status, headers, body: JSON.parse(answer.body) as unknown };
  } catch {
    const found = excerpt(answer, (text) => options.redact(text, request.secrets));
    throw requestError(lineOf(request), 'PROTOCOL', `answered ${answer.status} ${found}, where JSON was expected`, {
      status: answer.status,
      ...requestIdOf(answer),
    });
  }
}

function snakeCase(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
