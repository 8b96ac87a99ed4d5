import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

export type RelationToHead = 'ancestor' | 'elsewhere' | 'unknown';

export interface Git {
  /** Returns `ancestor` for HEAD too, `elsewhere` for other commits in the clone, `unknown` for commits it doesn't contain. */
  relationToHead(commit: string): Promise<RelationToHead>;
  isShallow(): Promise<boolean>;
  /** Fetches the missing history of a shallow clone. Returns git's message on failure. */
  fetchHistory(): Promise<string | undefined>;
}

const run = promisify(execFile);

/**
 * Reads the clone that contains `cwd`, with the `git` in PATH. Fetching its history has a limit of two minutes.
 * The functions throw if git can't be started or the signal aborts.
 */
export function readGit(cwd: string, signal?: AbortSignal): Git {
  const env = { ...process.env, GIT_TERMINAL_PROMPT: '0' };
  /** Runs git. Returns its output, or the error if it exited with a code other than 0. */
  const git = async (args: readonly string[], timeout = 30_000): Promise<string | Error> => {
    try {
      return (await run('git', args, { cwd, env, timeout, ...(signal && { signal }) })).stdout;
    } catch (error) {
      signal?.throwIfAborted();
      if ((error as NodeJS.ErrnoException).code === 'ENOENT')
        throw new Error(`Can't start git in ${cwd}: install git in the job's image.`, { cause: error });
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
      return typeof output === 'string' ? undefined : lastLineOf(output);
    },
  };
}

/** Returns git's last line, without the username and password that a remote's URL may contain. */
function lastLineOf(error: Error & { stderr?: string }): string {
  const line = (error.stderr?.trim() || error.message).split('\n').at(-1) ?? '';
  return line.replaceAll(/:\/\/[^/@\s]+@/g, '://');
}
