import { RegistryPusherError } from '../../image/errors.ts';
import { isLinkLocal, isLoopbackHost, isPrivateHost } from './address.ts';
import { redactUrl } from './redact-url.ts';
import type { Wire } from './wire.ts';

/**
 * Checks an address that a registry gave: a redirect, an upload's Location, a token realm. A registry decides where our
 * requests go, so it may name itself or another public host, never a less safe one.
 * @throws RegistryPusherError REFERRAL_REFUSED, before anything is sent
 */
export function assertSafeTarget(
  registry: URL,
  target: URL,
  { registryIsPrivate, redact }: Pick<Wire, 'registryIsPrivate' | 'redact'>,
): void {
  const why = reasonAgainst(registry, target, registryIsPrivate());
  if (why === undefined) return;
  throw new RegistryPusherError(
    'REFERRAL_REFUSED',
    `${registry.host} refers us to ${redact(redactUrl(target))}, which isn't allowed: ${why}. Nothing was sent there. Check the ` +
      `registry's address and the proxy in front of it.`,
  );
}

function reasonAgainst(registry: URL, target: URL, registryIsPrivate: boolean): string | undefined {
  if (target.protocol !== 'https:' && target.protocol !== 'http:')
    return `${target.protocol} is neither https nor http`;
  if (target.username !== '' || target.password !== '') return 'it contains credentials';
  if (target.protocol === 'http:' && registry.protocol === 'https:') return 'it downgrades https to plain http';
  if (target.protocol === 'http:' && !isLoopbackHost(target.hostname)) return 'plain http is for loopback only';
  if (target.host === registry.host) return undefined;
  if (isLinkLocal(target.hostname)) return 'it is a link-local address';
  if (!registryIsPrivate && isPrivateHost(target.hostname))
    return 'it is a private address, but the registry is public';
  return undefined;
}
