import { loadAffectedRules } from './affected-rules.ts';
import { readChangedFiles } from './history.ts';
import type { Workspace } from './workspace.ts';

export interface FindAffectedOptions {
  readonly workspace: Workspace;
  /** A commit, or git's empty tree: then every project is affected. */
  readonly base: string;
  readonly head: string;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Returns the names of the projects that the difference of two commits affects, sorted, as `nx show projects --affected` does.
 * @throws Error with git's words, or if this version of Nx doesn't have its rules where other versions do
 */
export async function findAffectedProjects({ workspace, base, head, signal }: FindAffectedOptions): Promise<string[]> {
  const rules = loadAffectedRules(workspace.graph, workspace.root);
  const files = await readChangedFiles(workspace.root, base, head, signal);
  return [...(await rules.affectedBy({ commit: head, parent: base, files }))].toSorted();
}
