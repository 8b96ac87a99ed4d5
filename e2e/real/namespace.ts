import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A network that is loopback and nothing else, and an `/etc` that leads there: nothing in it reaches any other place. */
export interface Namespace extends AsyncDisposable {
  /** Its own, for whoever runs in it; outside the same files are seen. */
  readonly directory: string;
  /** Put before a command's words, has it run in there, in this directory. */
  enter(cwd?: string): readonly string[];
  /** What every program in there that reads the system's bundle trusts, instead of all the world's authorities. */
  readonly bundle: string;
  /** How many datagrams were sent in there: each question to a resolver would be one. */
  datagrams(): Promise<number>;
}

export const namespacePrograms = ['unshare', 'nsenter', 'ip', 'iptables'];

/** Why none can be made here; undefined when one can. */
export function namespaceHindrance(): string | undefined {
  return process.getuid?.() === 0 ? undefined : 'namespaces are made by root only';
}

/**
 * Where names lead: an address on the loopback device, of those that are for documentation (RFC 5737). At 127.0.0.1 itself
 * the Docker Engine would take any certificate.
 */
const address = '192.0.2.1';

/** Puts these files over the machine's own, for this mount namespace alone, and stays until its input ends. */
const inside = `set -e
ip link set lo up
ip address add ${address}/32 dev lo
iptables --table nat --append OUTPUT --destination ${address} --jump REDIRECT
mount --bind "$1/hosts" /etc/hosts
mount --bind "$1/resolv.conf" /etc/resolv.conf
mount --bind "$1/bundle.pem" /etc/ssl/certs/ca-certificates.crt
echo ready
cat`;

/** Makes a namespace in which these names lead to what listens on 127.0.0.1. */
export async function startNamespace(names: readonly string[]): Promise<Namespace> {
  const directory = await mkdtemp(join(tmpdir(), 'tozo-namespace-'));
  const bundle = join(directory, 'bundle.pem');
  await writeFile(join(directory, 'hosts'), `127.0.0.1 localhost\n${address} ${names.join(' ')}\n`);
  await Promise.all([writeFile(join(directory, 'resolv.conf'), ''), writeFile(bundle, '')]);
  const keeper = spawn('unshare', ['--net', '--mount', 'sh', '-c', inside, 'sh', directory], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ended = once(keeper, 'exit');
  const [said] = (await Promise.race([once(keeper.stdout, 'data'), ended])) as [unknown];
  if (String(said).trim() !== 'ready') throw new Error(`unshare ended with ${String(said)}`);
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
