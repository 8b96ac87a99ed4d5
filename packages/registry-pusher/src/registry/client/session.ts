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
  /** A path below the registry's address, or an address that the registry gave. */
  readonly target: string | URL;
  readonly scopes: readonly string[];
  /** What an error speaks about: `repository` or `repository:tag`. */
  readonly subject: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Body;
  readonly signal?: AbortSignal | undefined;
  /** Whether trouble that isTransientStatus is waited out here; default true. Its last answer is thrown, never given back. */
  readonly retry?: boolean;
}

/** One registry: its address, its connections, its credentials. */
export interface RegistrySession {
  readonly name: string;
  readonly timing: Timing;
  /** How much it takes in one request. */
  readonly chunking: Chunking;
  /**
   * Sends a request and follows redirects; gives any answer but 401 and those that tell of passing trouble.
   * @throws RegistryPusherError REGISTRY_*, HOST_REFUSED, ABORTED
   */
  request(wanted: SessionRequest): Promise<WireResponse>;
  close(): Promise<void>;
}

export interface SessionOptions {
  readonly timing: Timing;
  readonly userAgent: string;
  readonly lookup?: Lookup | undefined;
  readonly credentials?: CredentialSource | undefined;
}

const mostRedirects = 5;

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

  const follow = async (wanted: SessionRequest, authorization: string | undefined): Promise<WireResponse> => {
    let url = wanted.target instanceof URL ? wanted.target : new URL(`${base.href.replace(/\/$/, '')}${wanted.target}`);
    for (let redirects = 0; ; redirects += 1) {
      assertSafeTarget(base, url, wire.registryIsPrivate());
      const ours = url.origin === base.origin;
      const response = await wire.send({
        method: wanted.method,
        url,
        headers: {
          'user-agent': userAgent,
          ...wanted.headers,
          ...(ours && authorization !== undefined ? { authorization } : {}),
        },
        body: wanted.body,
        signal: wanted.signal,
      });
      if (!isRedirect(response, wanted)) return response;
      url = redirectTarget(response);
      await response.discard();
      if (redirects === mostRedirects) throw protocolError(response, `it redirects more than ${mostRedirects} times`);
    }
  };

  const authorized = async (wanted: SessionRequest): Promise<WireResponse> => {
    const authorization = await authorizer.header(wanted.scopes, wanted.signal);
    const response = await follow(wanted, authorization);
    if (response.status !== 401) return response;
    if (response.url.origin !== base.origin) throw await responseError(response, wanted.subject);
    const renewed = await authorizer.renew(response, wanted.scopes, authorization, wanted.signal);
    if (renewed === undefined) throw await responseError(response, wanted.subject);
    await response.discard();
    const second = await follow(wanted, renewed);
    if (second.status === 401) throw await responseError(second, wanted.subject);
    return second;
  };

  const settled = async (wanted: SessionRequest): Promise<WireResponse> => {
    const response = await authorized(wanted);
    if (isTransientStatus(response.status)) throw await responseError(response, wanted.subject);
    return response;
  };

  return {
    name,
    timing,
    chunking: new Chunking(),
    request: (wanted) =>
      wanted.retry === false ? settled(wanted) : withRetries(timing, wanted.signal, () => settled(wanted)),
    close: () => wire.close(),
  };
}

/** A 307 or 308 keeps method and body; the older ones only make sense for reading. */
function isRedirect({ status }: WireResponse, { method }: SessionRequest): boolean {
  if (status === 307 || status === 308) return true;
  return (status === 301 || status === 302 || status === 303) && (method === 'GET' || method === 'HEAD');
}

function redirectTarget(response: WireResponse): URL {
  return locationOf(response) ?? notRedirected(response);
}

/** The Location header as a URL, relative to what was asked; undefined without one. */
export function locationOf(response: WireResponse): URL | undefined {
  const location = response.header('location');
  if (location === undefined || location === '') return undefined;
  if (!URL.canParse(location, response.url.href))
    throw protocolError(response, `its Location "${location}" is not a URL`);
  return new URL(location, response.url);
}

function notRedirected(response: WireResponse): never {
  throw protocolError(response, 'it redirects without a Location');
}
