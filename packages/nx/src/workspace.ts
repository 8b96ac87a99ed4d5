import type { ProjectGraph } from './deploy-projects.ts';
import { loadNx, type NxGraph } from './load-nx.ts';

/** A workspace of Nx, and its project graph. */
export interface Workspace {
  readonly root: string;
  readonly graph: NxGraph & ProjectGraph;
}

interface Devkit {
  readonly workspaceRoot: string;
  createProjectGraphAsync(options: { readonly exitOnError: boolean }): Promise<Workspace['graph']>;
  readCachedProjectGraph(minimumComputedAt: number): Workspace['graph'];
}

/**
 * Returns the workspace of a directory. Loading all plugins takes seconds, so the graph that another process of Nx has
 * computed is used, if it isn't too old. Rejects with Nx's own words.
 * @param computedAfter how old the other process's graph may be, in milliseconds since 1970. Default: none is used.
 */
export async function loadWorkspace(directory: string, computedAfter?: number): Promise<Workspace> {
  const devkit = loadNx(directory)('devkit-exports') as Devkit;
  const { workspaceRoot: root } = devkit;
  const cached = computedAfter === undefined ? undefined : readCached(devkit, computedAfter);
  if (cached) return { root, graph: cached };
  try {
    return { root, graph: await devkit.createProjectGraphAsync({ exitOnError: false }) };
  } catch (error) {
    throw new Error(`Nx can't create the project graph:\n${messagesOf(error).join('\n')}`, { cause: error });
  }
}

/** Nx collects the errors of all plugins, and its own message says only that there are some. */
function messagesOf(error: unknown): string[] {
  const { message, getErrors } = error as Error & { getErrors?: () => readonly Error[] };
  const causes = getErrors?.call(error) ?? [];
  return causes.length > 0 ? causes.map((cause) => cause.message) : [message];
}

/** A cache that is missing, older or of a graph with errors is no graph. */
function readCached(devkit: Devkit, computedAfter: number): Workspace['graph'] | undefined {
  try {
    return devkit.readCachedProjectGraph(computedAfter);
  } catch {
    return undefined;
  }
}

/** Returns the root of the workspace that Nx finds from a directory. @throws Error if Nx isn't installed */
export function workspaceRootOf(directory: string): string {
  return (loadNx(directory)('devkit-exports') as Devkit).workspaceRoot;
}
