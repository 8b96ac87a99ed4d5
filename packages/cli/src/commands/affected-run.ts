import { emptyTree } from '@tozo/gitlab-ci';
import type { AffectedRange, Workspace } from '@tozo/nx';

/** How Nx runs what a commit affects. */
export interface AffectedRun {
  /** The command of Nx, and what limits it to projects. Undefined if there's nothing to run. */
  readonly args?: readonly string[];
  /** Why it isn't `nx affected`. */
  readonly note?: string;
  /** The projects of `args`, in the workspace that had to be loaded to find them. */
  readonly found?: { readonly workspace: Workspace; readonly projects: readonly string[] };
}

export interface ChooseRunOptions {
  /** A commit that every app runs, or a later one. Undefined if nothing is deployed, as from a merge request. */
  readonly since?: string | undefined;
}

/**
 * Chooses what to run for a range of commits: `nx affected`, or by name the projects that may have to be deployed, if those are
 * more. In doubt that's every project.
 */
export async function chooseRun(root: string, range: AffectedRange, options: ChooseRunOptions): Promise<AffectedRun> {
  const incomplete = await findIncomplete(root, range, options);
  if (incomplete === undefined) return { args: ['affected'] };
  const { note } = incomplete;
  const cache = incomplete.isHashed ? [] : ['--skip-nx-cache'];
  const { findAffectedProjects, findChangedProjects, loadWorkspace } = await import('@tozo/nx');
  try {
    const workspace = await loadWorkspace(root);
    const projects = await (options.since === undefined || range.base === emptyTree
      ? findAffectedProjects(workspace, range)
      : findChangedProjects(workspace, range.base));
    const args = ['run-many', `--projects=${projects.join(',')}`, ...cache];
    return { ...(projects.length > 0 ? { args } : {}), note, found: { workspace, projects } };
  } catch (error) {
    const everything = `treating every project as affected: ${(error as Error).message}`;
    return { args: ['run-many', ...cache], note: `${note}; ${everything}` };
  }
}

/** Why `nx affected` may not run all that counts as changed, or may take it from its cache. */
export interface Incomplete {
  readonly note: string;
  /** Whether Nx's hashes contain all that was changed. If not, its cache may have results of other contents. */
  readonly isHashed: boolean;
}

/**
 * Returns why `nx affected` may not run all that counts as changed. Undefined if it does. A deploy job deploys an app that any
 * commit of the range has changed: one that was changed and changed back doesn't differ from the base, and still has to be
 * built, because the change may be live by then.
 */
export async function findIncomplete(
  root: string,
  range: AffectedRange,
  { since }: ChooseRunOptions,
): Promise<Incomplete | undefined> {
  const { findUnseenChanges, isDifferenceComplete } = await import('@tozo/nx');
  try {
    const [first, ...others] = await findUnseenChanges(root, range);
    if (first !== undefined) {
      const more = others.length > 0 ? ` and ${others.length} more` : '';
      return { note: `nx affected doesn't count the change of ${JSON.stringify(first)}${more}`, isHashed: false };
    }
    // From the empty tree nx.json differs, which affects every project.
    if (since === undefined || range.base === emptyTree || (await isDifferenceComplete(root, range))) return undefined;
    const note = 'something was changed more than once or changed back since, and any of that may be live by then';
    return { note, isHashed: true };
  } catch (error) {
    return { note: `what was changed since isn't known: ${(error as Error).message}`, isHashed: false };
  }
}
