import { RegistryPusherError } from '../../image/errors.ts';
import { rulesOf } from '../../image/registry-rules.ts';
import { responseError } from '../transport/error-response.ts';
import { createAuthorizer } from '../login/authorization.ts';
import { FirstRequestGate } from '../login/first-request-gate.ts';
import { Chunking } from './chunking.ts';
import type { RegistryEndpoint } from './client.ts';
import type { CredentialSource } from '../login/credentials.ts';
import { registryUrl } from '../transport/endpoint.ts';
import { assertSafeTarget } from '../transport/safe-target.ts';
import type { Lookup } from '../transport/lookup.ts';
import { protocolError } from '../transport/json-body.ts';
import { createLogin } from '../login/login.ts';
import { isTransientStatus, RetryBudget, withRetries } from '../transport/retry.ts';
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
  /** Whether transient failures are retried here; default true. Otherwise the caller has a budget. */
  readonly retry?: boolean;
  /** Whether a 401 to the credentials is returned; default false: it's thrown. */
  readonly acceptsDenial?: boolean;
}

/** One registry: its address, its connections, its credentials. */
export interface RegistrySession {
  readonly name: string;
  readonly timing: Timing;
  /** How much it accepts in one request. */
  readonly chunking: Chunking;
  /**
   * Sends a request and follows redirects. Returns any response except those with a transient status, and except 401.
   * @throws RegistryPusherError REGISTRY_*, REFERRAL_REFUSED, ABORTED
   */
  request(request: SessionRequest): Promise<WireResponse>;
  /** Returns the attempts of one operation, which end when the session is closed. */
  retryBudget(signal: AbortSignal | undefined): RetryBudget;
  close(): Promise<void>;
}

export interface SessionOptions {
  readonly timing: Timing;
  readonly userAgent: string;
  readonly lookup?: Lookup | undefined;
  readonly credentials?: CredentialSource | undefined;
  readonly onWait?: ((line: string) => void) | undefined;
}

const maxRedirects = 5;

export function openSession(
  name: string,
  endpoint: RegistryEndpoint,
  { timing, userAgent, lookup, credentials, onWait }: SessionOptions,
): RegistrySession {
  const base = registryUrl(name, endpoint.url);
  const wire = openWire(base, timing, { lookup, onWait });
  const isItself = base.host === registryUrl(name).host;
  const login = createLogin(
    base,
    endpoint.credentials ?? ((signal, repository) => credentials?.(isItself ? name : base.host, signal, repository)),
  );
  const retryBudget = (signal: AbortSignal | undefined) =>
    new RetryBudget(timing, { signals: signal === undefined ? [wire.closing] : [signal, wire.closing], onWait });
  const { tokenDomains } = rulesOf(name);
  const authorizer = createAuthorizer(base, { wire, login, tokenDomains, retryBudget: () => retryBudget(undefined) });

  const followRedirects = async (request: SessionRequest, authorization: string | undefined): Promise<WireResponse> => {
    let url =
      request.target instanceof URL
        ? withRegistryScheme(base, request.target)
        : new URL(`${base.href.replace(/\/$/, '')}${request.target}`);
    for (let redirects = 0; ; redirects += 1) {
      assertSafeTarget(base, url, wire);
      const isOurs = url.origin === base.origin;
      const response = await wire.send({
        method: request.method,
        url,
        headers: {
          'user-agent': userAgent,
          'accept-encoding': 'identity',
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

  const gate = endpoint.credentials === undefined ? undefined : new FirstRequestGate();

  const authenticate = async (request: SessionRequest): Promise<WireResponse> => {
    const open = await gate?.enter(request.signal);
    try {
      return await authenticateWith(request, () => open?.());
    } finally {
      open?.();
    }
  };

  const authenticateWith = async (request: SessionRequest, onChallenged: () => void): Promise<WireResponse> => {
    const authorization = await authorizer.header(request.scopes, request.signal);
    const response = await followRedirects(request, authorization);
    if (response.status !== 401) return response;
    if (response.url.origin !== base.origin) return deny(request, response);
    const acceptDenial = (error: unknown): undefined => {
      if (request.acceptsDenial !== true || !isDenial(error)) throw error;
    };
    const renewal = authorizer.renew(response, request.scopes, authorization, request.signal);
    onChallenged();
    const renewed = await renewal.catch(acceptDenial);
    if (renewed === undefined) return deny(request, response);
    await response.discard();
    const second = await followRedirects(request, renewed);
    if (second.status !== 401) return second;
    if (second.url.origin !== base.origin) return deny(request, second);
    const wider = await authorizer.widen(second, request.scopes, renewed, request.signal).catch(acceptDenial);
    if (wider === undefined) return deny(request, second);
    await second.discard();
    const third = await followRedirects(request, wider);
    return third.status === 401 ? deny(request, third) : third;
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
      request.retry === false ? sendOnce(request) : withRetries(retryBudget(request.signal), () => sendOnce(request)),
    retryBudget,
    close: () => wire.close(),
  };
}

/** Returns whether there's no way to authenticate, and not just a failure while trying. */
function isDenial(error: unknown): boolean {
  const code = error instanceof RegistryPusherError ? error.code : undefined;
  return code === 'REGISTRY_UNAUTHORIZED' || code === 'REGISTRY_DENIED' || code === 'REGISTRY_PROTOCOL';
}

async function deny({ subject, acceptsDenial }: SessionRequest, response: WireResponse): Promise<WireResponse> {
  if (acceptsDenial === true) return response;
  throw await responseError(response, subject);
}

/** A registry behind a proxy that ends TLS may start an upload at its own host with plain http. */
function withRegistryScheme(registry: URL, url: URL): URL {
  const isOwnHost = url.hostname === registry.hostname && (url.port === '' || url.port === registry.port);
  if (registry.protocol !== 'https:' || url.protocol !== 'http:' || !isOwnHost) return url;
  return new URL(`${registry.origin}${url.pathname}${url.search}`);
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
