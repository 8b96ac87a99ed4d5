import { readdir, readFile, readlink } from 'node:fs/promises';

/**
 * Returns where the processes of a group accept TCP connections, such as `127.0.0.1:3000` or `*:3000`. Empty where the system
 * doesn't show that.
 * @see proc_pid_net(5)
 */
export async function listeningAddresses(group: number): Promise<string[]> {
  const pids = await processesOf(group);
  const inodes = new Set((await Promise.all(pids.map(socketsOf))).flat());
  const [pid] = pids;
  if (pid === undefined) return [];
  const tables = await Promise.all(['tcp', 'tcp6'].map((name) => readOr(`/proc/${pid}/net/${name}`)));
  return [...new Set(tables.flatMap((table) => listenersIn(table, inodes)))].toSorted();
}

/** Returns the addresses of a table's listening sockets among the given ones. */
export function listenersIn(table: string, inodes: ReadonlySet<string>): string[] {
  return table.split('\n').flatMap((line) => {
    const [, local = '', , state, , , , , , inode = ''] = line.trim().split(/\s+/);
    const [address = '', port = ''] = local.split(':');
    return state === '0A' && inodes.has(inode) ? [`${addressName(address)}:${Number.parseInt(port, 16)}`] : [];
  });
}

/** The kernel writes each group of 4 bytes in the machine's order, which is little-endian. */
function addressName(hex: string): string {
  if (/^0+$/.test(hex)) return '*';
  if (hex.length > 8) return hex === '00000000000000000000000001000000' ? '[::1]' : 'an IPv6 address';
  return (hex.match(/../g) ?? [])
    .toReversed()
    .map((byte) => Number.parseInt(byte, 16))
    .join('.');
}

async function processesOf(group: number): Promise<number[]> {
  const names = await readdir('/proc').catch(() => []);
  const pids = names.flatMap((name) => (/^\d+$/.test(name) ? [Number(name)] : []));
  const groups = await Promise.all(
    pids.map(async (pid) => {
      const stat = await readOr(`/proc/${pid}/stat`);
      return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[2]);
    }),
  );
  return pids.filter((_, index) => groups[index] === group);
}

async function socketsOf(pid: number): Promise<string[]> {
  const names = await readdir(`/proc/${pid}/fd`).catch(() => []);
  const targets = await Promise.all(names.map((name) => readlink(`/proc/${pid}/fd/${name}`).catch(() => '')));
  return targets.flatMap((target) => /^socket:\[(\d+)\]$/.exec(target)?.[1] ?? []);
}

function readOr(path: string): Promise<string> {
  return readFile(path, 'utf8').catch(() => '');
}
