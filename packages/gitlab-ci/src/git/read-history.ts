import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { GitLabCiError } from '../errors.ts';
import type { History } from './history.ts';
import type { RunGit } from './run-git.ts';

const commitGrammar = /^[0-9a-f]{40}(?:[0-9a-f]{24})?$/;

/** Returns whether a text is a commit's full hash. The zeros that GitLab has for "none" aren't one. */
export function isCommit(value: unknown): value is string {
  return typeof value === 'string' && commitGrammar.test(value) && !/^0+$/.test(value);
}

/**
 * Reads the history that the commits don't all share. Commits that the clone lacks are left out.
 * Throws GIT if git doesn't work in this directory.
 */
export async function readHistory(git: RunGit, cwd: string, commits: readonly string[]): Promise<History> {
  const wanted = [...new Set(commits.filter(isCommit))];
  const known = await knownCommits(git, wanted);
  const cut = await shallowCommits(git, cwd);
  if (known.length === 0) return { parents: new Map(), has: () => false, isCut: () => false };
  const shared = await commonAncestor(git, known);
  const range = [...known, ...(shared ? [`^${shared}^@`] : [])];
  const output = await git(['rev-list', '--parents', '--stdin'], { input: `${range.join('\n')}\n` });
  const lines = output
    .split('\n')
    .filter(Boolean)
    .map((line) => line.split(' '));
  const parents = new Map(lines.map(([commit, ...rest]) => [commit!, rest]));
  return { parents, has: (commit) => parents.has(commit), isCut: (commit) => cut.has(commit) };
}

async function knownCommits(git: RunGit, commits: readonly string[]): Promise<string[]> {
  const output = await git(['cat-file', '--batch-check'], { input: commits.map((commit) => `${commit}\n`).join('') });
  return output.split('\n').flatMap((line) => {
    const [name, type] = line.split(' ');
    return type === 'commit' && name ? [name] : [];
  });
}

/** Returns the nearest commit that all have in their history, or undefined if there's none in the clone. */
async function commonAncestor(git: RunGit, commits: readonly string[]): Promise<string | undefined> {
  try {
    return (await git(['merge-base', '--octopus', ...commits])).trim().split('\n')[0] || undefined;
  } catch (error) {
    if (error instanceof GitLabCiError) return undefined;
    throw error;
  }
}

/** Returns the commits whose parents a shallow clone doesn't have. */
export async function shallowCommits(git: RunGit, cwd: string): Promise<ReadonlySet<string>> {
  const file = resolve(cwd, (await git(['rev-parse', '--git-path', 'shallow'])).trim());
  try {
    return new Set((await readFile(file, 'utf8')).split('\n').filter(Boolean));
  } catch {
    return new Set();
  }
}
