import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A network with only a loopback device, and an `/etc` whose names lead there. Programs in it can reach nothing else. */
export interface Namespace extends AsyncDisposable {
  /** A directory for programs in the namespace. The files are visible outside too. */
  readonly directory: string;
  /** Returns a command prefix that runs a program in the namespace, in a directory. */
  enter(cwd?: string): readonly string[];
  /** The file that replaces the system's bundle of trusted authorities in the namespace. */
  readonly bundle: string;
  /** Returns the number of sent datagrams. Each question to a resolver would be one. */
  datagrams(): Promise<number>;
}

export const namespacePrograms = ['unshare', 'nsenter', 'ip', 'iptables'];

/** Returns why no namespace can be created, or undefined if one can. */
export function namespaceBlocker(): string | undefined {
  return process.getuid?.() === 0 ? undefined : 'namespaces need root';
}

/**
 * The address of all names, on the loopback device, from the range for documentation (RFC 5737). At 127.0.0.1 the Docker
 * Engine would accept any certificate.
 */
const address = '192.0.2.1';

/** Mounts files over the machine's in this mount namespace, and waits for the end of its input. */
const inside = `set -e
ip link set lo up
ip address add ${address}/32 dev lo
iptables --table nat --append OUTPUT --destination ${address} --jump REDIRECT
mount --bind "$1/hosts" /etc/hosts
mount --bind "$1/resolv.conf" /etc/resolv.conf
mount --bind "$1/bundle.pem" /etc/ssl/certs/ca-certificates.crt
echo ready
cat`;

/** Creates a namespace in which these names lead to the servers on 127.0.0.1. */
export async function startNamespace(names: readonly string[]): Promise<Namespace> {
  const directory = await mkdtemp(join(tmpdir(), 'tozo-namespace-'));
  const bundle = join(directory, 'bundle.pem');
  await writeFile(join(directory, 'hosts'), `127.0.0.1 localhost\n${address} ${names.join(' ')}\n`);
  await Promise.all([writeFile(join(directory, 'resolv.conf'), ''), writeFile(bundle, '')]);
  const keeper = spawn('unshare', ['--net', '--mount', 'sh', '-c', inside, 'sh', directory], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ended = once(keeper, 'exit');
  const [printed] = (await Promise.race([once(keeper.stdout, 'data'), ended])) as [unknown];
  if (String(printed).trim() !== 'ready') throw new Error(`unshare ended: ${String(printed)}`);
  return {
    directory,
    enter: (cwd = directory) => ['nsenter', `--target=${keeper.pid}`, '--net', '--mount', `--wd=${cwd}`, '--'],
    bundle,
    async datagrams() {
      const lines = (await readFile(`/proc/${keeper.pid}/net/snmp`, 'utf8')).split('\n');
      const [names = [], values = []] = lines.filter((line) => line.startsWith('Udp:')).map((line) => line.split(' '));
      return Number(values[names.indexOf('OutDatagrams')]);
    },
    async [Symbol.asyncDispose]() {
      keeper.stdin.end();
      await ended;
      await rm(directory, { recursive: true, force: true });
    },
  };
}
