import { existsSync } from 'node:fs';
import { lstat, realpath } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { isPipelineFile } from '@tozo/gitlab-ci';
import { UsageError } from '../usage-error.ts';

/** Refuses a file outside the repository, in .git, or behind a link. @throws UsageError */
export async function assertInRepository(file: string, root: string): Promise<void> {
  let directory = dirname(file);
  while (!existsSync(directory)) directory = dirname(directory);
  const place = relative(await realpath(root), await realpath(directory)).split(sep);
  const isLink = (await lstat(file).catch(() => undefined))?.isSymbolicLink() ?? false;
  if (!isLink && place[0] !== '..' && place[0] !== '.git') return;
  throw new UsageError(
    `${file} ${isLink ? 'is a link' : "isn't among the repository's files"}, so the deploy jobs aren't written there: GitLab includes a file of the repository, such as .gitlab/deploy.yml.`,
  );
}

/** Refuses to replace a file that the command didn't write. @throws UsageError */
export function assertReplaceable(file: string, content: string | undefined): void {
  if (content === undefined || content.trim() === '' || isPipelineFile(content)) return;
  throw new UsageError(
    `${file} wasn't written by tozo ci pipeline, which would replace it: name another file with --out, or move this one.`,
  );
}

/**
 * Refuses a workspace of Nx below the top of the repository, where the jobs don't run Nx.
 * @param directories of the apps, and others in which a workspace may be
 * @throws UsageError
 */
export function assertWorkspaceAtTop(root: string, directories: readonly string[]): void {
  if (existsSync(join(root, 'nx.json'))) return;
  const workspace = directories.flatMap((directory) => parentsBelow(root, directory)).find(hasNx);
  if (workspace === undefined) return;
  const place = relative(root, workspace).split(sep).join('/');
  throw new UsageError(
    `${place}/nx.json: the Nx workspace must be at the top of the repository for the deploy jobs and tozo ci affected. Move it there, or make ${place} a repository of its own.`,
  );
}

const hasNx = (directory: string): boolean => existsSync(join(directory, 'nx.json'));

/** Returns a directory and its parents up to the root, without the root. */
function parentsBelow(root: string, directory: string): string[] {
  const path = relative(root, directory);
  if (path === '' || path.split(sep)[0] === '..') return [];
  return [directory, ...parentsBelow(root, dirname(directory))];
}
