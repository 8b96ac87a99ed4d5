import { RegistryPusherError } from '../../image/errors.ts';
import { isLoopbackHost } from './address.ts';

/** Docker Hub's images are named after one host and served by another. */
const servedBy: Readonly<Record<string, string>> = { 'docker.io': 'registry-1.docker.io' };

/**
 * Returns a registry's address: the configured one, or https, or http for a registry on this machine.
 * @throws RegistryPusherError HOST_REFUSED for plain http to another machine, and for an address with credentials
 */
export function registryUrl(name: string, configured?: string): URL {
  const host = servedBy[name] ?? name;
  const secure = `https://${host}`;
  const isLoopback = URL.canParse(secure) && isLoopbackHost(new URL(secure).hostname);
  const text = configured ?? (isLoopback ? `http://${host}` : secure);
  if (!URL.canParse(text)) throw invalidAddressError(name, text, "it isn't a URL");
  const url = new URL(text);
  if (url.protocol !== 'https:' && url.protocol !== 'http:')
    throw invalidAddressError(name, text, 'it is neither https nor http');
  if (url.username !== '' || url.password !== '')
    throw invalidAddressError(
      name,
      `${url.protocol}//${url.host}`,
      'it contains credentials; pass them as credentials',
    );
  if (url.search !== '' || url.hash !== '') throw invalidAddressError(name, url.origin, 'it has a query or a fragment');
  if (url.protocol === 'http:' && !isLoopbackHost(url.hostname))
    throw invalidAddressError(name, text, 'plain http would expose credentials and images; it is for loopback only');
  return url;
}

function invalidAddressError(name: string, url: string, why: string): RegistryPusherError {
  return new RegistryPusherError('HOST_REFUSED', `The address ${url} of the registry ${name} isn't allowed: ${why}.`);
}
