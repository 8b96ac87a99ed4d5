import { parseObject, protocolError, readAtMost } from '../transport/json-body.ts';
import type { Body, WireRequest, WireResponse } from '../transport/wire.ts';
import type { EncodedCredentials } from './login.ts';

/** Where a registry's challenge says that tokens come from. */
export interface TokenService {
  readonly realm: URL;
  readonly service: string | undefined;
}

export interface Token {
  readonly header: string;
  /** By `performance.now()`. */
  readonly validUntil: number;
}

/** Tokens are renewed this many milliseconds before they expire. */
const renewalMargin = 10_000;
/** In seconds. */
const defaultLifetime = 60;

/** Returns the request for a token for some scopes, anonymous without credentials. */
export function createTokenRequest(
  service: TokenService,
  scopes: readonly string[],
  credentials: EncodedCredentials | undefined,
): WireRequest {
  return credentials?.kind === 'identity'
    ? identityTokenRequest(service, scopes, credentials.token)
    : tokenRequest(service, scopes, credentials?.header);
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
  return {
    method: 'POST',
    url: realm,
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body,
    secrets: [token],
  };
}

/** @see https://distribution.github.io/distribution/spec/auth/token/#token-response-fields */
export async function readToken(response: WireResponse): Promise<Token> {
  const body = parseObject(response, await readAtMost(response, 1024 * 1024));
  const token = [body['token'], body['access_token']].find(
    (each) => each !== undefined && each !== null && each !== '',
  );
  if (typeof token !== 'string' || !/^[\x21-\x7e]+$/.test(token))
    throw protocolError(response, 'the response contains no token');
  const expiresIn = Number(body['expires_in'] ?? defaultLifetime);
  const lifetime = expiresIn >= 0 ? expiresIn : defaultLifetime;
  const validUntil = performance.now() + Math.max(lifetime * 1000 - renewalMargin, lifetime * 500);
  return { header: `Bearer ${token}`, validUntil };
}
