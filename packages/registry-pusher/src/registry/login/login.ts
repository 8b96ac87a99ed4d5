import { RegistryPusherError } from '../../image/errors.ts';
import type { IdentityToken, RegistryCredentials } from './credentials.ts';

/** Credentials as a registry or its token service receives them. */
export type EncodedCredentials =
  { readonly kind: 'basic'; readonly header: string } | { readonly kind: 'identity'; readonly token: string };

/**
 * Returns the credentials for one registry, or undefined without any. Looks them up once for each repository, at the first
 * call.
 */
export type Login = (signal?: AbortSignal, repository?: string) => Promise<EncodedCredentials | undefined>;

type Found = RegistryCredentials | IdentityToken | undefined;

/** @throws RegistryPusherError REGISTRY_UNAUTHORIZED for credentials that no request can carry */
export function createLogin(
  registry: URL,
  from: RegistryCredentials | ((signal?: AbortSignal, repository?: string) => Promise<Found> | undefined),
): Login {
  if (typeof from !== 'function') {
    const encoded = encode(registry, from);
    return async () => encoded;
  }
  const found = new Map<string | undefined, Promise<EncodedCredentials | undefined>>();
  return (signal, repository) => {
    const known = found.get(repository);
    if (known !== undefined) return known;
    const credentials = Promise.resolve(from(signal, repository)).then((each) => each && encode(registry, each));
    found.set(repository, credentials);
    credentials.catch(() => found.delete(repository));
    return credentials;
  };
}

function encode(registry: URL, credentials: RegistryCredentials | IdentityToken): EncodedCredentials {
  if ('identityToken' in credentials) return { kind: 'identity', token: credentials.identityToken };
  return { kind: 'basic', header: basicHeader(registry, credentials) };
}

/** @see RFC 7617, 2 */
function basicHeader(registry: URL, { username, password }: RegistryCredentials): string {
  if (username.includes(':')) throw unusableError(registry, 'username', 'it contains a colon');
  if (/[\r\n]/.test(password))
    throw unusableError(registry, 'password', 'it contains a line break, often the last character of a file');
  return `Basic ${Buffer.from(`${username === '' ? '_' : username}:${password}`).toString('base64')}`;
}

function unusableError(registry: URL, what: string, why: string): RegistryPusherError {
  return new RegistryPusherError('REGISTRY_UNAUTHORIZED', `The ${what} for ${registry.host} can't be used: ${why}.`);
}
