import { RegistryPusherError } from '../../image/errors.ts';
import { refusal } from '../transport/answer.ts';
import { chooseChallenge, parseChallenges } from './challenge.ts';
import { checkHop } from '../transport/hop.ts';
import { parseObject, protocolError, readAtMost } from '../transport/json-body.ts';
import type { Login, Shown } from './login.ts';
import { retrying } from '../transport/retry.ts';
import type { Timing } from '../transport/timing.ts';
import type { Body, Wire, WireRequest, WireResponse } from '../transport/wire.ts';

/** Shows one registry who is asking, by Basic or by tokens, whichever it challenges us for. */
export interface Authorizer {
  /** The Authorization header for some scopes, as far as the registry has told what it wants. */
  header(scopes: readonly string[], signal?: AbortSignal): Promise<string | undefined>;
  /**
   * A new header after a 401 to a request that carried `refused`; undefined when there is none but the refused one.
   * @throws RegistryPusherError REGISTRY_UNAUTHORIZED, HOST_REFUSED
   */
  renew(
    response: WireResponse,
    scopes: readonly string[],
    refused: string | undefined,
    signal?: AbortSignal,
  ): Promise<string | undefined>;
}

interface TokenService {
  readonly realm: URL;
  readonly service: string | undefined;
}

interface Token {
  readonly header: string;
  /** In milliseconds of the monotonic clock. */
  readonly validUntil: number;
}

const earliestRenewal = 10_000;
const defaultLife = 60;

export function createAuthorizer(registry: URL, wire: Wire, login: Login, timing: Timing): Authorizer {
  const tokens = new Map<string, Promise<Token>>();
  let scheme: 'basic' | TokenService | undefined;

  const token = (service: TokenService, scopes: readonly string[], signal: AbortSignal | undefined) => {
    checkHop(registry, service.realm, wire.registryIsPrivate());
    return retrying(timing, signal, async () => {
      const shown = await login(signal);
      const wanted =
        shown?.kind === 'identity'
          ? tokenForIdentity(service, scopes, shown.token)
          : tokenForBasic(service, scopes, shown?.header);
      const response = await wire.send({ ...wanted, signal });
      if (response.status !== 200) throw await refusal(response, scopes.join(' '));
      return readToken(response, parseObject(response, await readAtMost(response, 1024 * 1024)));
    });
  };

  const fetchToken = (service: TokenService, scopes: readonly string[], signal: AbortSignal | undefined) => {
    const promise = token(service, scopes, signal);
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
    async renew(response, scopes, refused, signal) {
      scheme = chosenScheme(registry, response);
      if (scheme === 'basic') {
        const basic = basicHeader(registry, await login(signal));
        return refused === basic ? undefined : basic;
      }
      const known = await tokens.get(scopes.join(' '));
      if (known && known.header !== refused) return known.header;
      const fresh = (await fetchToken(scheme, scopes, signal)).header;
      return fresh === refused ? undefined : fresh;
    },
  };
}

function chosenScheme(registry: URL, response: WireResponse): 'basic' | TokenService {
  const header = response.header('www-authenticate');
  if (header === undefined)
    throw protocolError(response, 'it asks for credentials and does not say how (no WWW-Authenticate)');
  const challenges = parseChallenges(header);
  const chosen = chooseChallenge(challenges);
  if (!chosen) {
    const schemes = challenges.map(({ scheme }) => scheme).join(', ') || 'nothing readable';
    throw protocolError(response, `it asks for ${schemes} in WWW-Authenticate; Basic and Bearer are known here`);
  }
  if (chosen.scheme === 'basic') return 'basic';
  const realm = chosen.parameters['realm']!;
  if (!URL.canParse(realm, registry.href)) throw protocolError(response, `its token realm "${realm}" is not a URL`);
  return { realm: new URL(realm, registry), service: chosen.parameters['service'] };
}

/** @see https://distribution.github.io/distribution/spec/auth/token/#requesting-a-token */
function tokenForBasic(
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
function tokenForIdentity({ realm, service }: TokenService, scopes: readonly string[], token: string): WireRequest {
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
  if (typeof token !== 'string' || !/^[\x21-\x7e]+$/.test(token)) throw protocolError(response, 'it holds no token');
  const life = typeof body['expires_in'] === 'number' ? body['expires_in'] : defaultLife;
  const validUntil = performance.now() + Math.max(life * 1000 - earliestRenewal, life * 500);
  return { header: `Bearer ${token}`, validUntil };
}

function basicHeader(registry: URL, shown: Shown | undefined): string {
  if (shown?.kind === 'basic') return shown.header;
  throw new RegistryPusherError(
    'REGISTRY_UNAUTHORIZED',
    shown === undefined
      ? `${registry.host} wants a user name and a password, and none are configured for it.`
      : `${registry.host} wants a user name and a password, and what is configured for it is an identity token. Log in again.`,
  );
}
