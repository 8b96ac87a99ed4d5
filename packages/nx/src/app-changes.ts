import { readHistory, type Step } from './history.ts';
import { findLastChange } from './last-change.ts';
import { readStepChanges } from './step-changes.ts';
import { loadWorkspace, type Workspace, workspaceRootOf } from './workspace.ts';

export interface FindAppChangesOptions {
  /** The apps' directories, relative to the workspace's root, with `/`. */
  readonly apps: readonly string[];
  /** A commit that every app runs, or a later one. Changes up to it don't matter. Default: HEAD may have changed every app. */
  readonly since?: string | undefined;
  /** A directory of the workspace. Default: the current one. */
  readonly cwd?: string;
  /** The workspace of that directory, if it's loaded already. */
  readonly workspace?: Workspace | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface AppChanges {
  /** By the app's directory: the newest commit that touches the app, or a later one. Missing in doubt. */
  readonly changedAt: Readonly<Record<string, string>>;
  /** What isn't known, and why. */
  readonly notes: readonly string[];
}

/** Further back isn't searched: an app whose last change is older counts as changed at the oldest commit searched. */
const limit = 1000;

/**
 * Finds the newest commit that touches each app, by Nx's project graph of today and its own rules for affected projects,
 * commit by commit. Never fails: what can't be found out is missing, and a note says why.
 */
export async function findAppChanges(options: FindAppChangesOptions): Promise<AppChanges> {
  const { apps, since, cwd = process.cwd(), workspace, signal } = options;
  try {
    const root = workspace?.root ?? workspaceRootOf(cwd);
    if (since === undefined) {
      const [head] = await readHistory({ cwd: root, limit: 1, signal });
      return { changedAt: Object.fromEntries(apps.map((app) => [app, head!.commit])), notes: [] };
    }
    const [steps, loaded] = await Promise.all([
      readHistory({ cwd: root, since, limit, signal }),
      workspace ?? loadWorkspace(cwd),
    ]);
    return await findChanges(apps, since, steps, loaded);
  } catch (error) {
    signal?.throwIfAborted();
    return { changedAt: {}, notes: [`which commit changed an app last isn't known: ${(error as Error).message}`] };
  }
}

async function findChanges(
  apps: readonly string[],
  since: string,
  steps: readonly Step[],
  workspace: Workspace,
): Promise<AppChanges> {
  const { changes, problems } = await readStepChanges(workspace, steps);
  const names = new Map(Object.values(workspace.graph.nodes).map(({ name, data }) => [data.root, name]));
  const found = apps.flatMap((app) => {
    const name = names.get(app);
    const changedAt = name && findLastChange(steps, (step) => changes(step, name), since);
    return changedAt ? [[app, changedAt] as const] : [];
  });
  const unknown = apps.filter((app) => !names.has(app));
  return {
    changedAt: Object.fromEntries(found),
    notes: [...problems, ...unknown.map((app) => `${app} isn't a project of Nx`)],
  };
}
