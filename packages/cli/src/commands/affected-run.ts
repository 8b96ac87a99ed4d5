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

/**
 * Chooses what to run for a range of commits. A deploy job deploys an app that any commit of the range has changed: one that
 * was changed and changed back doesn't differ from the base, and still has to be built, because the change may be live by then.
 */
export async function chooseRun(root: string, range: AffectedRange): Promise<AffectedRun> {
  const note = await whyIncomplete(root, range);
  if (note === undefined) return { args: ['affected'] };
  const { findChangedProjects, loadWorkspace } = await import('@tozo/nx');
  try {
    const workspace = await loadWorkspace(root);
    const projects = await findChangedProjects(workspace, range.base);
    const args = ['run-many', `--projects=${projects.join(',')}`];
    return { ...(projects.length > 0 ? { args } : {}), note, found: { workspace, projects } };
  } catch (error) {
    return { args: ['run-many'], note: `treating every project as affected: ${(error as Error).message}` };
  }
}

/** Returns why what differs from the base may not be all that has to be deployed. Undefined if it is. */
export async function whyIncomplete(root: string, range: AffectedRange): Promise<string | undefined> {
  if (range.base === emptyTree) return undefined;
  const { isDifferenceComplete } = await import('@tozo/nx');
  try {
    if (await isDifferenceComplete(root, range)) return undefined;
    return 'something was changed more than once or changed back since, and any of that may be live by then';
  } catch (error) {
    return `what was changed since isn't known: ${(error as Error).message}`;
  }
}
