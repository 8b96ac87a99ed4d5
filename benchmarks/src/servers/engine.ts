import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runCommand, startServer } from '../process.ts';

/** The Docker CLI of the distribution's package: one on PATH may belong to another engine. */
export const dockerCli = '/usr/bin/docker';

/** A Docker Engine of the benchmark's own, with an empty image store. */
export interface Engine extends AsyncDisposable {
  /** What the CLI needs to talk to it, and an empty home. */
  readonly env: NodeJS.ProcessEnv;
}

/** Starts `dockerd` (as root) as a fresh runner has it. Disposing it ends the engine and removes all that it held. */
export async function startEngine(directory: string): Promise<Engine> {
  await mkdir(join(directory, 'home'), { recursive: true });
  const socket = `unix://${join(directory, 'docker.sock')}`;
  const config = join(directory, 'daemon.json');
  await writeFile(config, JSON.stringify(daemonConfig(directory, socket)));
  const env = { PATH: process.env['PATH'], HOME: join(directory, 'home'), DOCKER_HOST: socket };
  const server = await startServer('dockerd', ['--config-file', config], {
    log: join(directory, 'engine.log'),
    isReady: () => runCommand(dockerCli, ['info'], { env }).then(() => true),
  });
  return {
    env,
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

function daemonConfig(directory: string, socket: string): Record<string, unknown> {
  return {
    hosts: [socket],
    'data-root': join(directory, 'data'),
    'exec-root': join(directory, 'exec'),
    pidfile: join(directory, 'docker.pid'),
    'storage-driver': 'overlay2',
    bridge: 'none',
    iptables: false,
  };
}

/** Rejects when the engine holds an image or a layer of a build. */
export async function assertNothingCached({ env }: Engine): Promise<void> {
  const { stdout } = await runCommand(dockerCli, ['system', 'df', '--format', '{{.Type}} {{.Size}}'], { env });
  const held = stdout.split('\n').filter((line) => line !== '' && !line.endsWith(' 0B'));
  if (held.length > 0) throw new Error(`The engine is not empty: ${held.join(', ')}`);
}

/** `20.10.24 (CLI 20.10.24), storage driver overlay2` */
export async function describeEngine({ env }: Engine): Promise<string> {
  const text = async (...args: string[]) => (await runCommand(dockerCli, args, { env })).stdout.trim();
  const versions = await text('version', '--format', '{{.Server.Version}} (CLI {{.Client.Version}})');
  return `${versions}, storage driver ${await text('info', '--format', '{{.Driver}}')}`;
}
