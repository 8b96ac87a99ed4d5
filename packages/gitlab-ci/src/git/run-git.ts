import { spawn } from 'node:child_process';
import { GitLabCiError } from '../errors.ts';

/** Runs git in one directory. Returns what it prints; throws GIT with git's own words. */
export type RunGit = (
  args: readonly string[],
  options?: { readonly input?: string; readonly timeoutMs?: number },
) => Promise<string>;

/** Runs the `git` in PATH, which never asks for a password. Default limit: 30 s. */
export function gitIn(cwd: string, signal?: AbortSignal): RunGit {
  const env = { ...process.env, GIT_TERMINAL_PROMPT: '0', LC_ALL: 'C' };
  return (args, { input = '', timeoutMs = 30_000 } = {}) =>
    new Promise((resolve, reject) => {
      const limit = AbortSignal.timeout(timeoutMs);
      const child = spawn('git', args, { cwd, env, signal: signal ? AbortSignal.any([signal, limit]) : limit });
      let [stdout, stderr] = ['', ''];
      child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
      child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
      child.on('error', (cause: NodeJS.ErrnoException) => reject(signal?.aborted ? signal.reason : startError(cause)));
      child.on('close', (code) => (code === 0 ? resolve(stdout) : reject(failure(code, stderr))));
      // git may end before it has read everything, e.g. because the directory isn't a repository.
      child.stdin.on('error', () => undefined).end(input);

      function startError(cause: NodeJS.ErrnoException): GitLabCiError {
        const what = limit.aborted
          ? `git ${args[0]} took longer than ${timeoutMs / 1000} s in ${cwd}: check the network`
          : `Can't start git in ${cwd} (${cause.code ?? cause.message}): install git in the job's image`;
        return new GitLabCiError('GIT', what, { cause });
      }
    });

  function failure(code: number | null, stderr: string): GitLabCiError {
    return new GitLabCiError('GIT', withoutCredentials(stderr.trim()) || `git ended with code ${code} in ${cwd}`);
  }
}

/** Removes the username and password that a remote's URL may contain. */
function withoutCredentials(text: string): string {
  return text.replaceAll(/:\/\/[^/@\s]+@/g, '://');
}

/**
 * Returns the line of git's message that has the cause: the first that starts with `fatal:`, else the last one. Behind it git
 * writes general advice, and in front of it what the server says.
 */
export function causeLine(message: string): string {
  const lines = message.split('\n');
  return lines.find((line) => line.startsWith('fatal:')) ?? lines.at(-1) ?? message;
}
