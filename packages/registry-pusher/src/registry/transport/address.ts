import { BlockList, isIP } from 'node:net';

const loopback = blockList(['127.0.0.0/8', '::1/128']);
const linkLocal = blockList(['169.254.0.0/16', 'fe80::/10']);
const notPublic = blockList([
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '224.0.0.0/4',
  '240.0.0.0/4',
  '::/127',
  '64:ff9b::/96',
  'fc00::/7',
  'fe80::/10',
  'fec0::/10',
  'ff00::/8',
]);

/** Returns whether a URL's host is this machine: a loopback address, `localhost`, or a name under it. */
export function isLoopbackHost(hostname: string): boolean {
  const host = withoutBrackets(hostname);
  return /^(?:.+\.)?localhost\.?$/i.test(host) || inList(loopback, host);
}

/** Returns whether an IP address, or a URL's host, is reachable only inside some network. Doesn't resolve names: false. */
export function isPrivateHost(hostname: string): boolean {
  return isLoopbackHost(hostname) || inList(notPublic, withoutBrackets(hostname));
}

/** Returns whether an address is link-local, where clouds serve their machines' credentials. */
export function isLinkLocal(hostname: string): boolean {
  return inList(linkLocal, withoutBrackets(hostname));
}

function withoutBrackets(hostname: string): string {
  return hostname.startsWith('[') ? hostname.slice(1, -1) : hostname;
}

function inList(list: BlockList, address: string): boolean {
  const family = isIP(address);
  if (family === 0) return false;
  return list.check(address, family === 4 ? 'ipv4' : 'ipv6');
}

function blockList(ranges: readonly string[]): BlockList {
  const list = new BlockList();
  for (const range of ranges) {
    const [network, prefix] = range.split('/') as [string, string];
    list.addSubnet(network, Number(prefix), network.includes(':') ? 'ipv6' : 'ipv4');
  }
  return list;
}
