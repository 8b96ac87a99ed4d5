import { spawn } from 'node:child_process';
import { GitlabVariablesError } from '../variable/errors.ts';
import type { ValueContext } from './sources.ts';

const maxOutputBytes = 1024 * 1024;
const timeout = 120_000;

/**
 * Runs a program without a shell, for at most two minutes, and returns what it prints on stdout.
 * @throws GitlabVariablesError COMMAND_FAILED, with nothing of its output
 */
export async function runValueCommand(
  [program, ...args]: readonly [string, ...string[]],
  name: string,
  {
    directory,
    env,
    onStderr = () => undefined,
    signal,
  }: Pick<ValueContext, 'directory' | 'env' | 'onStderr' | 'signal'>,
): Promise<string> {
  const fail = (problem: string, cause?: unknown): GitlabVariablesError =>
    new GitlabVariablesError('COMMAND_FAILED', `${program}, the value of ${name}, ${problem}. Nothing was written.`, {
      cause,
    });
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      cwd: directory,
      env: { ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout,
      ...(signal ? { signal } : {}),
    });
    const chunks: Buffer[] = [];
    let length = 0;
    child.stdout.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      length += chunk.length;
      if (length > maxOutputBytes) child.kill('SIGKILL');
    });
    child.stderr.on('data', (chunk: Buffer) => onStderr(chunk.toString('utf8')));
    child.once('error', (error) => reject(fail(`couldn't be run: ${error.message}`, error)));
    child.once('close', (code, killedBy) => {
      if (length > maxOutputBytes) reject(fail('prints more than 1 MiB'));
      else if (code !== 0) reject(fail(code === null ? `was ended by ${killedBy}` : `exits with ${code}`));
      else resolve(Buffer.concat(chunks).toString('utf8'));
    });
  });
}
