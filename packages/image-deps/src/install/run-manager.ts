import { spawn } from 'node:child_process';
import { ImageDepsError } from '../errors.ts';
import type { Manager, RunManager } from '../managers/manager.ts';
import { installEnvironment } from './environment.ts';
import { createRedaction } from './redact.ts';

export interface RunOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly signal?: AbortSignal | undefined;
}

const longestOutput = 64 * 1024;
const linesInErrors = 20;
const outdated =
  /can only install packages when your package\.json|ERR_PNPM_OUTDATED_LOCKFILE|ERR_PNPM_LOCKFILE_CONFIG_MISMATCH|lockfile needs to be updated|YN0028/;

/** Returns a function that runs the package manager of a project. Errors contain its own words, without credentials. */
export async function createRunManager(
  { command, update }: Manager,
  root: string,
  { env, signal }: RunOptions,
): Promise<RunManager> {
  const redact = await createRedaction(root, env);
  return async (args, cwd, more = {}) => {
    const { code, output } = await execute(command, args, cwd, { ...installEnvironment(env), ...more }, signal);
    if (code === 0) return output;
    const line = `${command} ${args.find((arg) => !arg.startsWith('-')) ?? ''}`.trim();
    const words = wordsOf(redact(output));
    if (outdated.test(output))
      throw new ImageDepsError(
        'LOCK_OUTDATED',
        `The lock file in ${root} doesn't fit package.json: run ${update} and commit the file. ${line} says:\n${words}`,
      );
    throw new ImageDepsError(
      'MANAGER_FAILED',
      `${line} failed (${code}) on a copy of the lock file and manifests of ${root}: ${adviceFor(output)}. It says:\n${words}`,
    );
  };
}

/** Returns the first lines of an error, without npm's usage and empty lines. */
function wordsOf(output: string): string {
  const [error = ''] = output.split(/^npm error (?:Clean install a project|Usage:)/m);
  const lines = error.split('\n').filter((line) => !/^(?:npm error)?\s*$/.test(line));
  return lines.slice(0, linesInErrors).join('\n');
}

function adviceFor(output: string): string {
  if (/EBADPLATFORM|Unsupported platform/.test(output))
    return "a dependency doesn't run on the image's platform: make it an optional dependency";
  if (/\bE40[13]\b|\b40[13] (?:Unauthorized|Forbidden)|authenticat/i.test(output))
    return 'log in to the registry, or set the token that .npmrc reads';
  if (/ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ERR_SOCKET_TIMEOUT|network/i.test(output))
    return 'check the network, the proxy and the registry in .npmrc, then run this again';
  return 'run a clean install in the workspace to see whether it fails there, too';
}

function execute(
  command: string,
  args: readonly string[],
  cwd: string,
  env: NodeJS.ProcessEnv,
  signal: AbortSignal | undefined,
): Promise<{ code: number | string; output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'], ...(signal ? { signal } : {}) });
    let output = '';
    const append = (chunk: Buffer): void => {
      output = (output + chunk.toString()).slice(-longestOutput);
    };
    child.stdout.on('data', append);
    child.stderr.on('data', append);
    let cancelled: Error | undefined;
    child.once('error', (error: NodeJS.ErrnoException) => {
      // A killed process still has to end before its directory is deleted.
      if (error.name === 'AbortError') cancelled = error;
      else reject(startError(command, error));
    });
    child.once('close', (code, killedBy) => {
      if (cancelled) reject(new ImageDepsError('CANCELLED', 'Canceled.', { cause: cancelled }));
      else resolve({ code: code ?? killedBy ?? 'killed', output });
    });
  });
}

function startError(command: string, error: NodeJS.ErrnoException): Error {
  if (error.code !== 'ENOENT')
    return new ImageDepsError('MANAGER_FAILED', `${command} can't be started: ${error.message}`, { cause: error });
  const how = command === 'npm' ? 'it comes with Node' : 'run corepack enable, or npm install --global with its name';
  return new ImageDepsError('MANAGER_MISSING', `${command} isn't installed: ${how}.`, { cause: error });
}
