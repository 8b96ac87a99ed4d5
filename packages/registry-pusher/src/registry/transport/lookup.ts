import { type LookupAddress, type LookupOptions, lookup as systemLookup } from 'node:dns';
import { RegistryPusherError } from '../../image/errors.ts';
import { isPrivateHost } from './address.ts';

/** Resolves a host name as `dns.lookup` does with `all: true`. */
export type Lookup = (
  hostname: string,
  options: LookupOptions & { all: true },
  callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

/** A lookup for one registry's connections. */
export interface GuardedLookup {
  readonly lookup: Lookup;
  /** Returns whether the registry is in a private network, as far as is known. */
  readonly registryIsPrivate: () => boolean;
}

/**
 * Keeps a public registry from sending us into a private network by a name that resolves there. The registry itself may
 * be anywhere: the user named it.
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
        else if (!registryIsPrivate() && addresses.some(isPrivate))
          return callback(privateAddressError(registry, hostname), []);
        return callback(null, addresses);
      }),
  };
}

/** Returns a lookup in the form that `net.connect` calls, for one address or for all of them. */
export function toNetLookup(lookup: Lookup): typeof systemLookup {
  const netLookup = (
    hostname: string,
    options: LookupOptions,
    callback: (error: NodeJS.ErrnoException | null, address: string | LookupAddress[], family?: number) => void,
  ) =>
    lookup(hostname, { ...options, all: true }, (error, addresses) => {
      if (error || options.all === true) return callback(error, addresses);
      return callback(null, addresses[0]!.address, addresses[0]!.family);
    });
  return netLookup as typeof systemLookup;
}

function privateAddressError(registry: URL, hostname: string): RegistryPusherError {
  return new RegistryPusherError(
    'REFERRAL_REFUSED',
    `${registry.host} refers us to ${hostname}, which isn't allowed: it resolves to a private address and the registry is ` +
      'public. Nothing was sent there.',
  );
}
