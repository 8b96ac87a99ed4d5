import { RegistryPusherError } from '../../image/errors.ts';
import { responseError } from '../transport/error-response.ts';
import { chooseChallenge, parseChallenges } from './challenge.ts';
import { assertSafeTarget } from '../transport/safe-target.ts';
import { parseObject, protocolError, readAtMost } from '../transport/json-body.ts';
import type { EncodedCredentials, Login } from './login.ts';
import { withRetries } from '../transport/retry.ts';
import type { Timing } from '../transport/timing.ts';
import type { Body, Wire, WireRequest, WireResponse } from '../transport/wire.ts';

/** Authenticates at one registry, with Basic or with tokens, as its challenges require. */
export interface Authorizer {
  /** Returns the Authorization header for some scopes; undefined until the registry sent a challenge. */
  header(scopes: readonly string[], signal?: AbortSignal): Promise<string | undefined>;
  /**
   * Returns a new header after a 401 to a request with the header `rejected`; undefined without another one.
   * @throws RegistryPusherError REGISTRY_UNAUTHORIZED, HOST_REFUSED
   */
  renew(
    response: WireResponse,
    scopes: readonly string[],
    rejected: string | undefined,
    signal?: AbortSignal,
  ): Promise<string | undefined>;
}

interface TokenService {
  readonly realm: URL;
  readonly service: string | undefined;
}

interface Token {
  readonly header: string;
  /** By `performance.now()`. */
  readonly validUntil: number;
}

/** Tokens are renewed this many milliseconds before they expire. */
const renewalMargin = 10_000;
/** In seconds. */
const defaultLifetime = 60;

export function createAuthorizer(registry: URL, wire: Wire, login: Login, timing: Timing): Authorizer {
  const tokens = new Map<string, Promise<Token>>();
  let scheme: 'basic' | TokenService | undefined;

  const requestToken = (service: TokenService, scopes: readonly string[], signal: AbortSignal | undefined) => {
    assertSafeTarget(registry, service.realm, wire.registryIsPrivate());
    return withRetries(timing, signal, async () => {
      const credentials = await login(signal);
      const request =
        credentials?.kind === 'identity'
          ? identityTokenRequest(service, scopes, credentials.token)
          : tokenRequest(service, scopes, credentials?.header);
      const response = await wire.send({ ...request, signal });
      if (response.status !== 200) throw await responseError(response, scopes.join(' '));
      return readToken(response, parseObject(response, await readAtMost(response, 1024 * 1024)));
    });
  };

  const fetchToken = (service: TokenService, scopes: readonly string[], signal: AbortSignal | undefined) => {
    const promise = requestToken(service, scopes, signal);
    tokens.set(scopes.join(' '), promise);
    promise.catch(() => tokens.delete(scopes.join(' ')));
    return promise;
  };

  return {
    async header(scopes, signal) {
      if (scheme === undefined) return undefined;
      if (scheme === 'basic') return basicHeader(registry, await login(signal));
      const known = await tokens.get(scopes.join(' '));
      if (known && known.validUntil > performance.now()) return known.header;
      return (await fetchToken(scheme, scopes, signal)).header;
    },
    async renew(response, scopes, rejected, signal) {
      scheme = chooseScheme(registry, response);
      if (scheme === 'basic') {
        const basic = basicHeader(registry, await login(signal));
        return rejected === basic ? undefined : basic;
      }
      const known = await tokens.get(scopes.join(' '));
      if (known && known.header !== rejected) return known.header;
      const fresh = (await fetchToken(scheme, scopes, signal)).header;
      return fresh === rejected ? undefined : fresh;
    },
  };
}

function chooseScheme(registry: URL, response: WireResponse): 'basic' | TokenService {
  const header = response.header('www-authenticate');
  if (header === undefined)
    throw protocolError(response, "it requires credentials but doesn't say which kind (no WWW-Authenticate)");
  const challenges = parseChallenges(header);
  const chosen = chooseChallenge(challenges);
  if (!chosen) {
    const schemes = challenges.map(({ scheme }) => scheme).join(', ') || 'no scheme';
    throw protocolError(response, `it requires ${schemes} in WWW-Authenticate; only Basic and Bearer are supported`);
  }
  if (chosen.scheme === 'basic') return 'basic';
  const realm = chosen.parameters['realm']!;
  if (!URL.canParse(realm, registry.href)) throw protocolError(response, `its token realm "${realm}" isn't a URL`);
  return { realm: new URL(realm, registry), service: chosen.parameters['service'] };
}

/** @see https://distribution.github.io/distribution/spec/auth/token/#requesting-a-token */
function tokenRequest(
  { realm, service }: TokenService,
  scopes: readonly string[],
  authorization: string | undefined,
): WireRequest {
  const url = new URL(realm);
  if (service !== undefined) url.searchParams.set('service', service);
  for (const scope of scopes) url.searchParams.append('scope', scope);
  return { method: 'GET', url, headers: authorization === undefined ? {} : { authorization } };
}

/** @see https://distribution.github.io/distribution/spec/auth/oauth/ */
function identityTokenRequest({ realm, service }: TokenService, scopes: readonly string[], token: string): WireRequest {
  const form = new URLSearchParams({ grant_type: 'refresh_token', client_id: 'registry-pusher', refresh_token: token });
  if (service !== undefined) form.set('service', service);
  form.set('scope', scopes.join(' '));
  const bytes = Buffer.from(form.toString());
  const body: Body = {
    size: bytes.length,
    open: async function* () {
      yield bytes;
    },
  };
  return { method: 'POST', url: realm, headers: { 'content-type': 'application/x-www-form-urlencoded' }, body };
}

/** @see https://distribution.github.io/distribution/spec/auth/token/#token-response-fields */
function readToken(response: WireResponse, body: Record<string, unknown>): Token {
  const token = body['token'] ?? body['access_token'];
  if (typeof token !== 'string' || !/^[\x21-\x7e]+$/.test(token))
    throw protocolError(response, 'the response contains no token');
  const lifetime = typeof body['expires_in'] === 'number' ? body['expires_in'] : defaultLifetime;
  const validUntil = performance.now() + Math.max(lifetime * 1000 - renewalMargin, lifetime * 500);
  return { header: `Bearer ${token}`, validUntil };
}

function basicHeader(registry: URL, credentials: EncodedCredentials | undefined): string {
  if (credentials?.kind === 'basic') return credentials.header;
  throw new RegistryPusherError(
    'REGISTRY_UNAUTHORIZED',
    credentials === undefined
      ? `${registry.host} requires a username and a password, and none are configured: log in (docker login), or pass them.`
      : `${registry.host} requires a username and a password, but an identity token is configured: log in again.`,
  );
}
