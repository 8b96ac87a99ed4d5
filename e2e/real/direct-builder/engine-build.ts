import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { DockerDaemon } from '../docker-daemon.ts';

const run = promisify(execFile);

/** Builds by BuildKit with the engine's own client, so that the client and the engine read the context as they do for anyone. */
export async function buildByEngine(
  { socketPath }: DockerDaemon,
  { bin = '/usr/bin', folder }: { bin?: string | undefined; folder: string },
  args: readonly string[],
): Promise<string> {
  const env = { ...process.env, DOCKER_BUILDKIT: '1', DOCKER_CONFIG: await configWithPlugins(bin, folder) };
  const { stdout } = await run(join(bin, 'docker'), ['-H', `unix://${socketPath}`, 'build', '-q', ...args], { env });
  return stdout.trim();
}

/** Newer clients build by a plugin, which lies beside them. */
async function configWithPlugins(bin: string, folder: string): Promise<string> {
  const config = join(folder, 'docker-config');
  const plugins = join(bin, '../libexec/docker/cli-plugins');
  await mkdir(config, { recursive: true });
  if (existsSync(plugins) && !existsSync(join(config, 'cli-plugins')))
    await symlink(plugins, join(config, 'cli-plugins'));
  return config;
}
