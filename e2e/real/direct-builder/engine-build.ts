import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { DockerDaemon } from '../docker-daemon.ts';

const run = promisify(execFile);

/** Builds with BuildKit and the engine's own client, so both read the context as they do for users. */
export async function buildByEngine(
  { socketPath }: DockerDaemon,
  { bin = '/usr/bin', directory }: { bin?: string | undefined; directory: string },
  args: readonly string[],
): Promise<void> {
  const env = {
    ...process.env,
    DOCKER_BUILDKIT: '1',
    DOCKER_CONFIG: join(directory, 'docker-config'),
    DOCKER_HOST: `unix://${socketPath}`,
    BUILDX_NO_DEFAULT_ATTESTATIONS: '1',
  };
  const [program, ...first] = clientOf(bin);
  await run(program, [...first, 'build', '-q', ...args], { env });
}

/** Newer clients build with a plugin. Calling it directly takes half the time. */
function clientOf(bin: string): [string, ...string[]] {
  const plugin = join(bin, '../libexec/docker/cli-plugins/docker-buildx');
  return existsSync(plugin) ? [plugin] : [join(bin, 'docker')];
}
