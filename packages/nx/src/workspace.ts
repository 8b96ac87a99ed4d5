import type { ProjectGraph } from './deploy-projects.ts';
import { loadNx, type NxGraph } from './load-nx.ts';

/** An Nx workspace with its project graph of now. */
export interface Workspace {
  readonly root: string;
  readonly graph: NxGraph & ProjectGraph;
}

interface Devkit {
  readonly workspaceRoot: string;
  createProjectGraphAsync(options: { readonly exitOnError: boolean }): Promise<Workspace['graph']>;
}

/**
 * Computes the project graph by the workspace's own Nx, in this process.
 * @param cwd a directory of the workspace
 * @throws Error if Nx isn't installed, or can't compute the graph
 */
export async function loadWorkspace(cwd: string): Promise<Workspace> {
  const { workspaceRoot, createProjectGraphAsync } = loadNx(cwd)('devkit-exports') as Devkit;
  try {
    return { root: workspaceRoot, graph: await createProjectGraphAsync({ exitOnError: false }) };
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
