import { responseError } from '../transport/error-response.ts';
import { createAuthorizer } from '../login/authorization.ts';
import { Chunking } from './chunking.ts';
import type { RegistryEndpoint } from './client.ts';
import type { CredentialSource } from '../login/credentials.ts';
import { registryUrl } from '../transport/endpoint.ts';
import { assertSafeTarget } from '../transport/safe-target.ts';
import type { Lookup } from '../transport/lookup.ts';
import { protocolError } from '../transport/json-body.ts';
import { createLogin } from '../login/login.ts';
import { isTransientStatus, withRetries } from '../transport/retry.ts';
import type { Timing } from '../transport/timing.ts';
import { type Body, type Method, openWire, type WireResponse } from '../transport/wire.ts';

export interface SessionRequest {
  readonly method: Method;
  /** A path below the registry's address, or a URL from the registry. */
  readonly target: string | URL;
  readonly scopes: readonly string[];
  /** What errors are about: `registry/repository`. */
  readonly subject: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Body;
  readonly signal?: AbortSignal | undefined;
  /** Whether transient failures are retried here; default true. The last one is thrown, never returned. */
  readonly retry?: boolean;
}

/** One registry: its address, its connections, its credentials. */
export interface RegistrySession {
  readonly name: string;
  readonly timing: Timing;
  /** How much it accepts in one request. */
  readonly chunking: Chunking;
  /**
   * Sends a request and follows redirects. Returns any response except 401 and those with a transient status.
   * @throws RegistryPusherError REGISTRY_*, HOST_REFUSED, ABORTED
   */
  request(request: SessionRequest): Promise<WireResponse>;
  close(): Promise<void>;
}

export interface SessionOptions {
  readonly timing: Timing;
  readonly userAgent: string;
  readonly lookup?: Lookup | undefined;
  readonly credentials?: CredentialSource | undefined;
}

const maxRedirects = 5;

export function openSession(
  name: string,
  endpoint: RegistryEndpoint,
  { timing, userAgent, lookup, credentials }: SessionOptions,
): RegistrySession {
  const base = registryUrl(name, endpoint.url);
  const wire = openWire(base, timing, lookup);
  const isItself = base.host === registryUrl(name).host;
  const login = createLogin(
    base,
    endpoint.credentials ?? ((signal) => credentials?.(isItself ? name : base.host, signal)),
  );
  const authorizer = createAuthorizer(base, wire, login, timing);

  const followRedirects = async (request: SessionRequest, authorization: string | undefined): Promise<WireResponse> => {
    let url =
      request.target instanceof URL ? request.target : new URL(`${base.href.replace(/\/$/, '')}${request.target}`);
    for (let redirects = 0; ; redirects += 1) {
      assertSafeTarget(base, url, wire.registryIsPrivate());
      const isOurs = url.origin === base.origin;
      const response = await wire.send({
        method: request.method,
        url,
        headers: {
          'user-agent': userAgent,
          ...request.headers,
          ...(isOurs && authorization !== undefined ? { authorization } : {}),
        },
        body: request.body,
        signal: request.signal,
      });
      if (!isRedirect(response, request)) return response;
      url = redirectTarget(response);
      await response.discard();
      if (redirects === maxRedirects) throw protocolError(response, `it redirects more than ${maxRedirects} times`);
    }
  };

  const authenticate = async (request: SessionRequest): Promise<WireResponse> => {
    const authorization = await authorizer.header(request.scopes, request.signal);
    const response = await followRedirects(request, authorization);
    if (response.status !== 401) return response;
    if (response.url.origin !== base.origin) throw await responseError(response, request.subject);
    const renewed = await authorizer.renew(response, request.scopes, authorization, request.signal);
    if (renewed === undefined) throw await responseError(response, request.subject);
    await response.discard();
    const second = await followRedirects(request, renewed);
    if (second.status === 401) throw await responseError(second, request.subject);
    return second;
  };

  const sendOnce = async (request: SessionRequest): Promise<WireResponse> => {
    const response = await authenticate(request);
    if (isTransientStatus(response.status)) throw await responseError(response, request.subject);
    return response;
  };

  return {
    name,
    timing,
    chunking: new Chunking(),
    request: (request) =>
      request.retry === false ? sendOnce(request) : withRetries(timing, request.signal, () => sendOnce(request)),
    close: () => wire.close(),
  };
}

/** 307 and 308 keep method and body; the older statuses only make sense for reading. */
function isRedirect({ status }: WireResponse, { method }: SessionRequest): boolean {
  if (status === 307 || status === 308) return true;
  return (status === 301 || status === 302 || status === 303) && (method === 'GET' || method === 'HEAD');
}

function redirectTarget(response: WireResponse): URL {
  const location = locationOf(response);
  if (location) return location;
  throw protocolError(response, 'it redirects without a Location');
}

/** Returns the Location header as a URL, resolved against the request's; undefined without one. */
export function locationOf(response: WireResponse): URL | undefined {
  const location = response.header('location');
  if (location === undefined || location === '') return undefined;
  if (!URL.canParse(location, response.url.href))
    throw protocolError(response, `its Location "${location}" isn't a URL`);
  return new URL(location, response.url);
}
