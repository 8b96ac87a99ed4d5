import { RegistryPusherError } from '../../image/errors.ts';
import { isLinkLocal, isLoopbackHost, isPrivateHost } from './address.ts';
import { printable } from './printable.ts';

/**
 * Checks an address that a registry gave: a redirect, an upload's Location, a token realm. What the registry says decides
 * where our requests go, so it may name itself or another public host, never a less safe one.
 * @throws RegistryPusherError HOST_REFUSED, before anything is sent
 */
export function checkHop(registry: URL, to: URL, registryIsPrivate: boolean): void {
  const why = reasonAgainst(registry, to, registryIsPrivate);
  if (why === undefined) return;
  throw new RegistryPusherError(
    'HOST_REFUSED',
    `${registry.host} sends us to ${printable(to)}, which is refused: ${why}. Nothing was sent there. Check the address of ` +
      `the registry and the proxy in front of it.`,
  );
}

function reasonAgainst(registry: URL, to: URL, registryIsPrivate: boolean): string | undefined {
  if (to.protocol !== 'https:' && to.protocol !== 'http:') return `${to.protocol} is neither https nor http`;
  if (to.username !== '' || to.password !== '') return 'it holds credentials';
  if (to.protocol === 'http:' && registry.protocol === 'https:') return 'it leaves https for plain http';
  if (to.protocol === 'http:' && !isLoopbackHost(to.hostname)) return 'plain http is for loopback only';
  if (to.host === registry.host) return undefined;
  if (isLinkLocal(to.hostname)) return 'it is a link-local address';
  if (!registryIsPrivate && isPrivateHost(to.hostname)) return 'it is a private address, the registry is a public one';
  return undefined;
}
