import { type ChildProcess, spawn } from 'node:child_process';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';

/** From source, the entry needs the loader that runs TypeScript; installed, it is JavaScript. */
const extension = extname(fileURLToPath(import.meta.url));
const loaderFlags = extension === '.ts' ? ['--conditions=@tozo/source', '--import=tsx'] : [];
const entry = fileURLToPath(new URL(`remove-leftovers${extension}`, import.meta.url));

/**
 * Sees to it that containers end with this process, even by SIGKILL: a shell that waits on a pipe which only this process
 * holds open, and has what it left in the engine removed then.
 *
 * @param repository tells this sandbox's containers from those of others.
 * @returns lets the shell go without that.
 */
export function guardContainers(repository: string, { DOCKER_HOST }: NodeJS.ProcessEnv): () => void {
  const script = 'while read -r line; do :; done; exec "$@"';
  const command = [process.execPath, ...loaderFlags, entry, repository];
  const shell: ChildProcess = spawn('/bin/sh', ['-c', script, 'tozo-sandbox-guard', ...command], {
    // In a session of its own a terminal's Ctrl-C does not reach it.
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
    cwd: fileURLToPath(new URL('.', import.meta.url)),
    env: { PATH: '/usr/bin:/bin', ...(DOCKER_HOST && { DOCKER_HOST }) },
  });
  shell.on('error', () => undefined);
  shell.unref();
  (shell.stdin as unknown as { unref(): void }).unref();
  return () => void shell.kill('SIGKILL');
}
