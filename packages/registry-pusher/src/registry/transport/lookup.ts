import { type LookupAddress, type LookupOptions, lookup as systemLookup } from 'node:dns';
import { RegistryPusherError } from '../../image/errors.ts';
import { isPrivateHost } from './address.ts';

/** Resolves a host name, as `dns.lookup` does when it is asked for all addresses. */
export type Lookup = (
  hostname: string,
  options: LookupOptions & { all: true },
  callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

/** A lookup for one registry's connections. */
export interface GuardedLookup {
  readonly lookup: Lookup;
  /** Whether the registry lies inside a private network, as far as is known. */
  readonly registryIsPrivate: () => boolean;
}

/**
 * Keeps a public registry from sending us into a private network by a name that resolves there. The registry itself may
 * lie anywhere: it is the user who named it.
 */
export function guardLookup(registry: URL, lookup: Lookup = systemLookup): GuardedLookup {
  let resolvedPrivate = false;
  const registryIsPrivate = () => resolvedPrivate || isPrivateHost(registry.hostname);
  return {
    registryIsPrivate,
    lookup: (hostname, options, callback) =>
      lookup(hostname, options, (error, addresses) => {
        if (error) return callback(error, []);
        const isPrivate = ({ address }: LookupAddress) => isPrivateHost(address);
        if (hostname === registry.hostname) resolvedPrivate = addresses.every(isPrivate);
        else if (!registryIsPrivate() && addresses.some(isPrivate)) return callback(refused(registry, hostname), []);
        return callback(null, addresses);
      }),
  };
}

/** In the form that `net.connect` calls, which asks for one address or for all of them. */
export function forNet(lookup: Lookup): typeof systemLookup {
  const asked = (
    hostname: string,
    options: LookupOptions,
    callback: (error: NodeJS.ErrnoException | null, address: string | LookupAddress[], family?: number) => void,
  ) =>
    lookup(hostname, { ...options, all: true }, (error, addresses) => {
      if (error || options.all === true) return callback(error, addresses);
      return callback(null, addresses[0]!.address, addresses[0]!.family);
    });
  return asked as typeof systemLookup;
}

function refused(registry: URL, hostname: string): RegistryPusherError {
  return new RegistryPusherError(
    'HOST_REFUSED',
    `${registry.host} sends us to ${hostname}, which is refused: its address is a private one, the registry is public. ` +
      'Nothing was sent there.',
  );
}
