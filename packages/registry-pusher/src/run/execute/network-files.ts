import { readFileSync } from 'node:fs';

/** What `docker build` gives a command as /etc/hosts. */
export const hostsFile = `127.0.0.1\tlocalhost
::1\tlocalhost ip6-localhost ip6-loopback
fe00::0\tip6-localnet
ff00::0\tip6-mcastprefix
ff02::1\tip6-allnodes
ff02::2\tip6-allrouters
`;

/** Returns the name servers of this machine for a command that shares its network. */
export function resolvConf(): string {
  for (const file of ['/etc/resolv.conf', '/run/systemd/resolve/resolv.conf']) {
    try {
      const text = readFileSync(file, 'utf8');
      if (text.trim() !== '') return text;
    } catch {
      // The next one may exist.
    }
  }
  return '';
}

/** The machine's own hosts stay known: the network is the same. */
export function hostsOf(): string {
  try {
    const known = new Set(hostsFile.split('\n').map((line) => line.split('\t')[0]));
    const own = readFileSync('/etc/hosts', 'utf8')
      .split('\n')
      .filter((line) => /^\s*[0-9a-f]/i.test(line) && !known.has(line.trim().split(/\s+/)[0]));
    return own.length === 0 ? hostsFile : `${hostsFile}${own.join('\n')}\n`;
  } catch {
    return hostsFile;
  }
}
