import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** What git knows of the files that are deployed. Nothing at all where there is no git or no commit. */
export interface Revision {
  readonly commit?: string;
  /** True when files of the folder differ from the commit. */
  readonly uncommitted: boolean;
}

/** @param folder the project's folder */
export async function readRevision(folder: string, env: NodeJS.ProcessEnv): Promise<Revision> {
  try {
    const [head, status] = await Promise.all([
      run('git', ['rev-parse', 'HEAD'], { cwd: folder }),
      run('git', ['status', '--porcelain', '--', '.'], { cwd: folder }),
    ]);
    const commit = env['CI_COMMIT_SHA'] || head.stdout.trim();
    return { ...(commit ? { commit } : {}), uncommitted: status.stdout.trim() !== '' };
  } catch {
    const commit = env['CI_COMMIT_SHA'];
    return { ...(commit ? { commit } : {}), uncommitted: false };
  }
}
