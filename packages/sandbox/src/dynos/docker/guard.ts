import { type ChildProcess, spawn } from 'node:child_process';
import { dirname } from 'node:path';
import { entryCommand, entryFile } from '../../process/entry-command.ts';

/**
 * Ensures that containers end with this process, even by SIGKILL: a shell waits on a pipe that only this process holds
 * open, and then removes what is left in the engine.
 *
 * @param repository identifies this sandbox's containers
 * @returns a function that ends the shell without removing anything
 */
export function guardContainers(repository: string, { DOCKER_HOST }: NodeJS.ProcessEnv): () => void {
  const script = 'while read -r line; do :; done; exec "$@"';
  const command = entryCommand('remove-leftovers', repository);
  const shell: ChildProcess = spawn('/bin/sh', ['-c', script, 'tozo-sandbox-guard', ...command], {
    // In its own session, a terminal's Ctrl-C doesn't reach it.
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
    cwd: dirname(entryFile),
    env: { PATH: '/usr/bin:/bin', ...(DOCKER_HOST && { DOCKER_HOST }) },
  });
  shell.on('error', () => undefined);
  shell.unref();
  (shell.stdin as unknown as { unref(): void }).unref();
  return () => void shell.kill('SIGKILL');
}
