import { execFile } from 'node:child_process';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { RelationToCommit } from '@tozo/deploy';

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

/** Returns the top directory of a directory's repository. Rejects outside of one. */
export async function findRepository(folder: string): Promise<string> {
  return (await run('git', ['rev-parse', '--show-toplevel'], { cwd: folder })).stdout.replace(/\n$/, '');
}

/**
 * Returns the directories with a deploy.json that git tracks in the repository of a directory.
 * @param withNew also those with a new one, which git neither tracks nor ignores
 * @throws Error without git
 */
export async function listDeployDirectories(folder: string, { withNew = false } = {}): Promise<string[]> {
  const kinds = withNew ? ['--cached', '--others', '--exclude-standard'] : [];
  const list = ['ls-files', '-z', '--full-name', ...kinds, '--', ':(top,glob)**/deploy.json'];
  const [root, files] = await Promise.all([
    findRepository(folder),
    run('git', list, { cwd: folder, maxBuffer: 16 * 1024 * 1024 }),
  ]);
  return files.stdout
    .split('\0')
    .filter((file) => file !== '')
    .map((file) => join(root, dirname(file)));
}

/** Returns the files that git tracks, also in submodules, relative to the repository's root. */
export async function listTrackedFiles(root: string): Promise<string[]> {
  const args = ['ls-files', '-z', '--recurse-submodules'];
  const { stdout } = await run('git', args, { cwd: root, maxBuffer: 256 * 1024 * 1024 });
  return stdout.split('\0').filter((file) => file !== '');
}

/**
 * Compares a commit with another one.
 * @param commit the deployed commit
 * @param other the commit that runs
 */
export async function compareCommits(folder: string, commit: string, other: string): Promise<RelationToCommit> {
  if (commit === other) return { relation: 'same' };
  const isAncestor = (ancestor: string, descendant: string) =>
    run('git', ['merge-base', '--is-ancestor', ancestor, descendant], { cwd: folder }).then(
      () => true,
      ({ code }: { code?: unknown }) => (code === 1 ? false : undefined),
    );
  const [isOlder, isNewer] = [await isAncestor(commit, other), await isAncestor(other, commit)];
  if (isOlder) return { relation: 'older' };
  if (isNewer) return { relation: 'newer' };
  const shallow = await run('git', ['rev-parse', '--is-shallow-repository'], { cwd: folder }).catch(() => undefined);
  if (shallow?.stdout.trim() === 'true') return { relation: 'unknown', note: shallowNote(other) };
  return { relation: isOlder === undefined ? 'unknown' : 'diverged' };
}

function shallowNote(other: string): string {
  return `This clone has too little history to tell whether the running commit ${other.slice(0, 12)} is newer. In GitLab CI/CD, set GIT_DEPTH to 0 for this job.`;
}
