import { RegistryPusherError } from '../../image/errors.ts';
import { responseError } from '../transport/error-response.ts';
import { chooseChallenge, findFurtherScopes, parseChallenges } from './challenge.ts';
import { redactUrl } from '../transport/redact-url.ts';
import { assertSafeTarget } from '../transport/safe-target.ts';
import { protocolError } from '../transport/json-body.ts';
import type { EncodedCredentials, Login } from './login.ts';
import { type RetryBudget, withRetries } from '../transport/retry.ts';
import type { Wire, WireResponse } from '../transport/wire.ts';
import { createTokenRequest, readToken, type Token, type TokenService } from './token-service.ts';

/** Authenticates at one registry, with Basic or with tokens, as its challenges require. */
export interface Authorizer {
  /** Returns the Authorization header for some scopes; undefined until the registry sent a challenge. */
  header(scopes: readonly string[], signal?: AbortSignal): Promise<string | undefined>;
  /**
   * Returns a new header after a 401 to a request with the header `rejected`; undefined without another one.
   * @throws RegistryPusherError REGISTRY_UNAUTHORIZED, REFERRAL_REFUSED
   */
  renew(
    response: WireResponse,
    scopes: readonly string[],
    rejected: string | undefined,
    signal?: AbortSignal,
  ): Promise<string | undefined>;
  /**
   * Returns another header after a 401 to a request with a new token: one that also covers the scopes in the registry's
   * challenge, which may name repositories as they are behind a proxy. Undefined without another one.
   * @throws RegistryPusherError CREDENTIALS_UNUSABLE if the token was an anonymous one because of that
   */
  widen(
    response: WireResponse,
    scopes: readonly string[],
    rejected: string,
    signal?: AbortSignal,
  ): Promise<string | undefined>;
}

export interface AuthorizerOptions {
  readonly wire: Wire;
  readonly login: Login;
  /** Domains that may be given the credentials, in addition to the registry's own host. Without it, any public host may. */
  readonly tokenDomains?: readonly string[] | undefined;
  /** Returns the attempts of one token request. All requests that wait for the token share it. */
  readonly retryBudget: () => RetryBudget;
}

export function createAuthorizer(registry: URL, options: AuthorizerOptions): Authorizer {
  const { wire, login, tokenDomains, retryBudget } = options;
  const tokens = new Map<string, Promise<RequestedToken>>();
  /** Scopes with those that challenges added, by the scopes. */
  const widened = new Map<string, readonly string[]>();
  let scheme: 'basic' | TokenService | undefined;

  /** A public image needs no credentials, so a broken helper is only reported if the registry requires some. */
  const loginFor = async (scopes: readonly string[]): Promise<FoundLogin> => {
    try {
      return { credentials: await login(wire.closing, repositoryIn(scopes)) };
    } catch (error) {
      const isUnusable = error instanceof RegistryPusherError && error.code === 'CREDENTIALS_UNUSABLE';
      if (isUnusable && scopes.every(isPull)) return { unusable: error };
      throw error;
    }
  };

  const requestToken = (service: TokenService, scopes: readonly string[]) => {
    assertSafeTarget(registry, service.realm, wire);
    assertTokenDomain(registry, service.realm, tokenDomains);
    return withRetries(retryBudget(), async (): Promise<RequestedToken> => {
      const { credentials, unusable } = await loginFor(scopes);
      const response = await wire.send(createTokenRequest(service, scopes, credentials));
      if (unusable !== undefined && (response.status === 401 || response.status === 403)) {
        await response.discard();
        throw unusable;
      }
      if (response.status !== 200) throw await responseError(response, scopes.join(' '));
      return { ...(await readToken(response)), unusable };
    });
  };

  const fetchToken = (service: TokenService, scopes: readonly string[]) => {
    const promise = requestToken(service, scopes);
    tokens.set(scopes.join(' '), promise);
    promise.catch(() => tokens.delete(scopes.join(' ')));
    return promise;
  };

  /** Requests that need a new token at the same time share one. */
  const tokenFor = async (
    service: TokenService,
    scopes: readonly string[],
    isUsable: (token: Token) => boolean,
  ): Promise<RequestedToken> => {
    const known = tokens.get(scopes.join(' '));
    const token = await known;
    if (token !== undefined && isUsable(token)) return token;
    const newer = tokens.get(scopes.join(' '));
    return newer === undefined || newer === known ? fetchToken(service, scopes) : newer;
  };

  const widestOf = (scopes: readonly string[]) => widened.get(scopes.join(' ')) ?? scopes;

  const renewToken = async (
    service: TokenService,
    scopes: readonly string[],
    rejected: string | undefined,
    signal: AbortSignal | undefined,
  ): Promise<string | undefined> => {
    const isNew = (token: Token) => token.header !== rejected;
    const { header } = await unlessAborted(signal, tokenFor(service, scopes, isNew));
    return header === rejected ? undefined : header;
  };

  return {
    async header(scopes, signal) {
      if (scheme === undefined) return undefined;
      if (scheme === 'basic') {
        // The registry may have required credentials for something else.
        const credentials = await login(signal, repositoryIn(scopes));
        return credentials && basicHeader(registry, credentials);
      }
      const isValid = ({ validUntil }: Token) => validUntil > performance.now();
      return (await unlessAborted(signal, tokenFor(scheme, widestOf(scopes), isValid))).header;
    },
    async renew(response, scopes, rejected, signal) {
      scheme = chooseScheme(registry, response);
      if (scheme === 'basic') {
        const basic = basicHeader(registry, await login(signal, repositoryIn(scopes)));
        return rejected === basic ? undefined : basic;
      }
      return renewToken(scheme, widestOf(scopes), rejected, signal);
    },
    async widen(response, scopes, rejected, signal) {
      const widest = widestOf(scopes);
      const known = await tokens.get(widest.join(' '));
      if (known?.unusable !== undefined) throw known.unusable;
      const challenge = chooseChallenge(parseChallenges(response.header('www-authenticate') ?? ''));
      if (scheme === undefined || scheme === 'basic' || challenge?.scheme !== 'bearer') return undefined;
      const further = findFurtherScopes(challenge, widest);
      // If another token was rejected, a request at the same time has widened the scopes since.
      if (further.length === 0 && known?.header === rejected) return undefined;
      const wider = further.length === 0 ? widest : [...scopes, ...further];
      const header = await renewToken(scheme, wider, rejected, signal);
      widened.set(scopes.join(' '), wider);
      return header;
    },
  };
}

/** The credentials for some scopes, or why there are none. */
interface FoundLogin {
  readonly credentials?: EncodedCredentials | undefined;
  readonly unusable?: RegistryPusherError;
}

interface RequestedToken extends Token {
  /** Why it's anonymous, if there would be credentials. */
  readonly unusable: RegistryPusherError | undefined;
}

function isPull(scope: string): boolean {
  return scope.endsWith(':pull');
}

/** Returns the repository of `repository:NAME:ACTIONS`. */
function repositoryIn([scope = '']: readonly string[]): string | undefined {
  return /^repository:(.+):[^:]*$/.exec(scope)?.[1];
}

/** A token is for all requests that wait for it, so one of them can only stop waiting. */
async function unlessAborted<T>(signal: AbortSignal | undefined, work: Promise<T>): Promise<T> {
  if (signal === undefined) return work;
  let stop = () => {};
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(abortError(signal.reason));
    signal.addEventListener('abort', stop);
    if (signal.aborted) stop();
  });
  return Promise.race([work, aborted]).finally(() => signal.removeEventListener('abort', stop));
}

function abortError(reason: unknown): RegistryPusherError {
  if (reason instanceof RegistryPusherError) return reason;
  return new RegistryPusherError('ABORTED', 'Canceled while logging in.', { cause: reason });
}

/** @throws RegistryPusherError REFERRAL_REFUSED, before anything is sent */
function assertTokenDomain(registry: URL, realm: URL, domains: readonly string[] | undefined): void {
  const isIn = (domain: string) => realm.hostname === domain || realm.hostname.endsWith(`.${domain}`);
  if (domains === undefined || realm.host === registry.host || domains.some(isIn)) return;
  throw new RegistryPusherError(
    'REFERRAL_REFUSED',
    `${registry.host} refers us to ${redactUrl(realm)} for a token, which isn't a host of ${domains.join(' or ')}. The credentials ` +
      `weren't sent there. Check the registry's address and the proxy in front of it.`,
  );
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

function basicHeader(registry: URL, credentials: EncodedCredentials | undefined): string {
  if (credentials?.kind === 'basic') return credentials.header;
  throw new RegistryPusherError(
    'REGISTRY_UNAUTHORIZED',
    credentials === undefined
      ? `${registry.host} requires a username and a password, and none are configured: log in (docker login), or pass them.`
      : `${registry.host} requires a username and a password, but an identity token is configured: log in again.`,
  );
}
