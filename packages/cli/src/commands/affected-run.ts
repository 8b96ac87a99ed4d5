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

/** Why what differs from the base isn't all that may have to be deployed. */
export const reverted =
  'something was changed more than once or changed back since, and any of that may be live by then';

/**
 * Chooses what to run for a range of commits. A deploy job deploys an app that any commit of the range has changed: one that
 * was changed and changed back doesn't differ from the base, and still has to be built, because the change may be live by then.
 */
export async function chooseRun(root: string, range: AffectedRange): Promise<AffectedRun> {
  if (await isComplete(root, range)) return { args: ['affected'] };
  const { findChangedProjects, loadWorkspace } = await import('@tozo/nx');
  try {
    const workspace = await loadWorkspace(root);
    const projects = await findChangedProjects(workspace, range.base);
    const args = ['run-many', `--projects=${projects.join(',')}`];
    return { ...(projects.length > 0 ? { args } : {}), note: reverted, found: { workspace, projects } };
  } catch (error) {
    return { args: ['run-many'], note: `treating every project as affected: ${(error as Error).message}` };
  }
}

/** Returns whether the difference from the base is all that matters. False in doubt. */
export async function isComplete(root: string, range: AffectedRange): Promise<boolean> {
  if (range.base === emptyTree) return true;
  const { isDifferenceComplete } = await import('@tozo/nx');
  return await isDifferenceComplete(root, range).catch(() => false);
}
