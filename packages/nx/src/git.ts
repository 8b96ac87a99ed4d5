import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** How a commit stands to the one that is checked out. */
export type RelationToHead = 'ancestor' | 'elsewhere' | 'unknown';

/** What the affected base needs to know of a clone. */
export interface Git {
  /** `ancestor` when it is HEAD or in its history, `elsewhere` when the clone has it all the same, `unknown` when it has not. */
  relationToHead(commit: string): Promise<RelationToHead>;
  isShallow(): Promise<boolean>;
  /** Fetches what a shallow clone lacks of HEAD's history. Gives what git said when that failed. */
  fetchHistory(): Promise<string | undefined>;
}

const run = promisify(execFile);

/**
 * Reads the clone that `cwd` lies in, with the `git` in PATH. Fetching its history takes at most two minutes.
 * Its functions throw when git cannot be started or the signal aborts.
 */
export function readGit(cwd: string, signal?: AbortSignal): Git {
  const env = { ...process.env, GIT_TERMINAL_PROMPT: '0' };
  /** Runs git; gives its output, or the error when it exited with another code than 0. */
  const git = async (args: readonly string[], timeout = 30_000): Promise<string | Error> => {
    try {
      return (await run('git', args, { cwd, env, timeout, ...(signal && { signal }) })).stdout;
    } catch (error) {
      signal?.throwIfAborted();
      if ((error as NodeJS.ErrnoException).code === 'ENOENT')
        throw new Error(`git could not be started in ${cwd}: install git in the job's image`, { cause: error });
      return error as Error;
    }
  };
  const succeeds = async (...args: string[]): Promise<boolean> => typeof (await git(args)) === 'string';

  return {
    async relationToHead(commit) {
      if (!(await succeeds('cat-file', '-e', `${commit}^{commit}`))) return 'unknown';
      return (await succeeds('merge-base', '--is-ancestor', commit, 'HEAD')) ? 'ancestor' : 'elsewhere';
    },
    async isShallow() {
      return String(await git(['rev-parse', '--is-shallow-repository'])).trim() === 'true';
    },
    async fetchHistory() {
      const output = await git(['fetch', '--quiet', '--no-tags', '--unshallow', 'origin'], 120_000);
      return typeof output === 'string' ? undefined : whatGitSaid(output);
    },
  };
}

/** The last line git wrote, without the user and password that a remote's address may hold. */
function whatGitSaid(error: Error & { stderr?: string }): string {
  const line = (error.stderr?.trim() || error.message).split('\n').at(-1) ?? '';
  return line.replaceAll(/:\/\/[^/@\s]+@/g, '://');
}
