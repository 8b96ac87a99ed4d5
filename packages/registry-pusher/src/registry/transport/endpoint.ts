import { RegistryPusherError } from '../../image/errors.ts';
import { isLoopbackHost } from './address.ts';

/** Docker Hub's images are named after one host and served by another. */
const servedBy: Readonly<Record<string, string>> = { 'docker.io': 'registry-1.docker.io' };

/**
 * Where a registry answers: what is configured, else https, or http for a registry on this machine.
 * @throws RegistryPusherError HOST_REFUSED for plain http to another machine, and for an address that holds credentials
 */
export function registryUrl(name: string, configured?: string): URL {
  const host = servedBy[name] ?? name;
  const text = configured ?? `${isLoopbackHost(new URL(`https://${host}`).hostname) ? 'http' : 'https'}://${host}`;
  if (!URL.canParse(text)) throw refused(name, text, 'it is not a URL');
  const url = new URL(text);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') throw refused(name, text, 'it is neither https nor http');
  if (url.username !== '' || url.password !== '')
    throw refused(name, `${url.protocol}//${url.host}`, 'credentials do not belong into an address');
  if (url.search !== '' || url.hash !== '') throw refused(name, url.origin, 'it has a query');
  if (url.protocol === 'http:' && !isLoopbackHost(url.hostname))
    throw refused(name, text, 'plain http is for loopback only, credentials and images would be open to read');
  return url;
}

function refused(name: string, url: string, why: string): RegistryPusherError {
  return new RegistryPusherError('HOST_REFUSED', `The address ${url} of the registry ${name} is refused: ${why}.`);
}
