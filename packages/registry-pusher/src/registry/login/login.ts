import { RegistryPusherError } from '../../image/errors.ts';
import type { IdentityToken, RegistryCredentials } from './credentials.ts';

/** What is shown to a registry, or to its token service. */
export type Shown =
  { readonly kind: 'basic'; readonly header: string } | { readonly kind: 'identity'; readonly token: string };

/** Gives what is shown to one registry; undefined when there is nothing. It is found once, when it is first asked for. */
export type Login = (signal?: AbortSignal) => Promise<Shown | undefined>;

type Found = RegistryCredentials | IdentityToken | undefined;

/** @throws RegistryPusherError REGISTRY_UNAUTHORIZED for credentials that no request can carry */
export function createLogin(
  registry: URL,
  from: RegistryCredentials | ((signal?: AbortSignal) => Promise<Found> | undefined),
): Login {
  if (typeof from !== 'function') {
    const shown = shownFor(registry, from);
    return async () => shown;
  }
  let found: Promise<Shown | undefined> | undefined;
  return (signal) => {
    found ??= Promise.resolve(from(signal)).then((credentials) => credentials && shownFor(registry, credentials));
    found.catch(() => (found = undefined));
    return found;
  };
}

function shownFor(registry: URL, credentials: RegistryCredentials | IdentityToken): Shown {
  if ('identityToken' in credentials) return { kind: 'identity', token: credentials.identityToken };
  return { kind: 'basic', header: basicHeader(registry, credentials) };
}

/** @see RFC 7617, 2 */
function basicHeader(registry: URL, { username, password }: RegistryCredentials): string {
  if (username.includes(':')) throw unusable(registry, 'user name', 'it holds a colon');
  if (/[\r\n]/.test(password))
    throw unusable(registry, 'password', 'it holds a line break, often the last character of a file');
  return `Basic ${Buffer.from(`${username === '' ? '_' : username}:${password}`).toString('base64')}`;
}

function unusable(registry: URL, what: string, why: string): RegistryPusherError {
  return new RegistryPusherError('REGISTRY_UNAUTHORIZED', `The ${what} for ${registry.host} cannot be used: ${why}.`);
}
