import type { AffectedRange } from './affected-range.ts';
import { loadAffectedRules } from './affected-rules.ts';
import { readChangedFiles } from './history.ts';
import type { Workspace } from './workspace.ts';

/**
 * Returns the names of the projects that differ between two commits, or depend on one that does, by Nx's own rules, sorted.
 * Git's empty tree as the base differs from everything. Rejects with git's or Nx's own words.
 */
export async function findAffectedProjects(
  { root, graph }: Workspace,
  { base, head }: AffectedRange,
): Promise<readonly string[]> {
  const files = await readChangedFiles(root, base, head);
  const affected = await loadAffectedRules(graph, root).affectedBy({ commit: head, parent: base, files });
  return [...affected].toSorted();
}
