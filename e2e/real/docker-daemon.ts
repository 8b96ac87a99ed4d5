import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { startServer } from './server-process.ts';

const run = promisify(execFile);

/** A private Docker Engine with its own directories and socket, and without a network. */
export interface DockerDaemon extends AsyncDisposable {
  readonly socketPath: string;
  /** Runs the engine's client and returns its output. */
  readonly docker: (...args: string[]) => Promise<string>;
}

export interface DaemonOptions {
  /** The directory of another engine's programs, put first in PATH. */
  readonly bin?: string;
  readonly features?: Readonly<Record<string, boolean>>;
  /** Passwords for registries, as in `~/.docker/config.json`. */
  readonly auths?: Readonly<Record<string, { readonly auth: string }>>;
  /** A command prefix that runs the engine in a namespace. */
  readonly enter?: readonly string[];
}

export const daemonPrograms = ['dockerd', 'containerd', 'runc'];

/** Returns why no engine can be started, or undefined if one can. */
export function daemonBlocker(): string | undefined {
  return process.getuid?.() === 0 ? undefined : 'dockerd needs root';
}

/** Starts an engine with an empty cache. */
export async function startDockerDaemon({
  bin,
  features = {},
  auths = {},
  enter = [],
}: DaemonOptions = {}): Promise<DockerDaemon> {
  const directory = await mkdtemp(join(tmpdir(), 'tozo-dockerd-'));
  const socketPath = join(directory, 'docker.sock');
  const config = {
    'data-root': join(directory, 'data'),
    'exec-root': join(directory, 'exec'),
    pidfile: join(directory, 'pid'),
    hosts: [`unix://${socketPath}`],
    bridge: 'none',
    iptables: false,
    'ip-masq': false,
    features,
  };
  await writeFile(join(directory, 'daemon.json'), JSON.stringify(config));
  await writeFile(join(directory, 'config.json'), JSON.stringify({ auths }));
  const env = { ...process.env, PATH: [bin, '/usr/bin', '/usr/sbin', process.env['PATH']].filter(Boolean).join(':') };
  const docker = async (...args: string[]) =>
    (await run(`${bin ?? '/usr/bin'}/docker`, ['--config', directory, '-H', `unix://${socketPath}`, ...args], { env }))
      .stdout;
  const [command, ...args] = [
    ...enter,
    bin ? join(bin, 'dockerd') : 'dockerd',
    '--config-file',
    join(directory, 'daemon.json'),
  ];
  const server = await startServer(command, args, {
    log: join(directory, 'log'),
    env,
    isReady: async () => (await docker('version', '--format', '{{.Server.Version}}')) !== '',
  });
  return {
    socketPath,
    docker,
    [Symbol.asyncDispose]: async () => {
      await server.stop();
      await unmountAll(directory);
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** Unmounts the network namespaces that a stopped engine leaves mounted. */
async function unmountAll(directory: string): Promise<void> {
  const mounts = (await readFile('/proc/mounts', 'utf8')).split('\n').flatMap((line) => line.split(' ')[1] ?? []);
  for (const mount of mounts.filter((path) => path.startsWith(directory)).reverse()) await run('umount', [mount]);
}
