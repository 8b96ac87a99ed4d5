import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { AffectedRange } from './affected-range.ts';
import { git, readChangedFiles } from './history.ts';
import { loadNx } from './load-nx.ts';

interface Ignore {
  ignores(file: string): boolean;
}

/**
 * Returns the files that differ between the ends of a range and don't count for `nx affected`: it leaves out files that the
 * workspace's .gitignore or .nxignore matches, although git tracks them, doesn't recognize the names that git quotes, and gets
 * no submodule that git is configured to ignore. None without a nx.json. Rejects with git's or Nx's own words.
 */
export async function findUnseenChanges(root: string, { base, head }: AffectedRange): Promise<string[]> {
  if (!existsSync(join(root, 'nx.json'))) return [];
  const { getIgnoreObject } = loadNx(root)('utils/ignore') as {
    getIgnoreObject: (root: string) => Ignore;
  };
  const ignored = getIgnoreObject(root);
  const [files, printed] = await Promise.all([
    readChangedFiles(root, base, head),
    git(root, ['diff', '--name-only', '--no-renames', '--relative', base, head], ''),
  ]);
  const names = new Set(printed.split('\n').map((line) => line.trim()));
  return files.filter((file) => !names.has(file) || ignored.ignores(file));
}
