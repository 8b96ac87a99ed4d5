import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runCommand, startServer } from '../process.ts';

/** The Docker CLI of Debian's package. The one in PATH may belong to another engine. */
export const dockerCli = '/usr/bin/docker';

/** A private Docker Engine with an empty image store. */
export interface Engine extends AsyncDisposable {
  /** The environment for the CLI, with an empty home directory. */
  readonly env: NodeJS.ProcessEnv;
}

export interface EngineOptions {
  /** The directory of another engine's programs. */
  readonly bin?: string;
  /** Whether images are in containerd's store, which BuildKit's cache in a registry needs. */
  readonly containerdImages?: boolean;
}

/** Starts `dockerd` (as root) as on a new runner. Dispose it to stop the engine and remove its files. */
export async function startEngine(
  directory: string,
  { bin, containerdImages = false }: EngineOptions = {},
): Promise<Engine> {
  await mkdir(join(directory, 'home'), { recursive: true });
  const socket = `unix://${join(directory, 'docker.sock')}`;
  const config = join(directory, 'daemon.json');
  await writeFile(config, JSON.stringify(daemonConfig(directory, socket, containerdImages)));
  const PATH = [bin, process.env['PATH']].filter(Boolean).join(':');
  const env = { PATH, HOME: join(directory, 'home'), DOCKER_HOST: socket };
  const server = await startServer(bin ? join(bin, 'dockerd') : 'dockerd', ['--config-file', config], {
    ...(bin ? { env: { ...process.env, PATH } } : {}),
    log: join(directory, 'engine.log'),
    isReady: () => runCommand(bin ? join(bin, 'docker') : dockerCli, ['info'], { env }).then(() => true),
  });
  return {
    env,
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      // A build with the host's network leaves it mounted.
      await runCommand('umount', [join(directory, 'exec/netns/default')]).catch(() => undefined);
      await rm(directory, { recursive: true, force: true });
    },
  };
}

function daemonConfig(directory: string, socket: string, containerdImages: boolean): Record<string, unknown> {
  return {
    hosts: [socket],
    'data-root': join(directory, 'data'),
    'exec-root': join(directory, 'exec'),
    pidfile: join(directory, 'docker.pid'),
    ...(containerdImages ? { features: { 'containerd-snapshotter': true } } : { 'storage-driver': 'overlay2' }),
    bridge: 'none',
    iptables: false,
  };
}

/** Rejects if the engine contains an image or a build's layer. */
export async function assertNothingCached({ env }: Engine): Promise<void> {
  const { stdout } = await runCommand(dockerCli, ['system', 'df', '--format', '{{.Type}} {{.Size}}'], { env });
  const found = stdout.split('\n').filter((line) => line !== '' && !line.endsWith(' 0B'));
  if (found.length > 0) throw new Error(`The engine isn't empty: ${found.join(', ')}`);
}

/** Returns text such as `20.10.24 (CLI 20.10.24), storage driver overlay2`. */
export async function describeEngine({ env }: Engine): Promise<string> {
  const text = async (...args: string[]) => (await runCommand(dockerCli, args, { env })).stdout.trim();
  const versions = await text('version', '--format', '{{.Server.Version}} (CLI {{.Client.Version}})');
  return `${versions}, storage driver ${await text('info', '--format', '{{.Driver}}')}`;
}
