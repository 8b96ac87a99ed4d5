import { execFile } from 'node:child_process';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** What git knows about the deployed files. Empty without git or a commit. */
export interface Revision {
  readonly commit?: string;
  /** True when files in the directory differ from the commit. */
  readonly uncommitted: boolean;
}

/** Reads the revision of a project. @param folder the project's directory */
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

/**
 * Returns the directories with a committed deploy.json in the repository of a directory.
 * @throws Error without git
 */
export async function listDeployDirectories(folder: string): Promise<string[]> {
  const list = ['ls-files', '-z', '--full-name', '--', ':(top,glob)**/deploy.json'];
  const [top, files] = await Promise.all([
    run('git', ['rev-parse', '--show-toplevel'], { cwd: folder }),
    run('git', list, { cwd: folder, maxBuffer: 16 * 1024 * 1024 }),
  ]);
  const root = top.stdout.replace(/\n$/, '');
  return files.stdout
    .split('\0')
    .filter((file) => file !== '')
    .map((file) => join(root, dirname(file)));
}
