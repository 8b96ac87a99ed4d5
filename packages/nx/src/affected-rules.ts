import type { Step } from './history.ts';
import { loadNx, type NxGraph } from './load-nx.ts';

interface FileChange {
  readonly file: string;
}

type CalculateFileChanges = (
  files: string[],
  revisions: { base: string | undefined; head: string },
  readFileAtRevision: undefined,
  ignore: { ignores(file: string): boolean },
) => readonly FileChange[];

type FilterAffected = (
  graph: NxGraph,
  changes: readonly FileChange[],
) => Promise<{ readonly nodes: Readonly<Record<string, unknown>> }>;

/**
 * Nx's own rules for what changed files affect, as `nx affected` uses them, except that files count also if .gitignore or
 * .nxignore matches them: git tracks them, so an image may contain them.
 */
export interface AffectedRules {
  /** Returns the names of the projects that a step affects. */
  affectedBy(step: Pick<Step, 'commit' | 'parent' | 'files'>): Promise<ReadonlySet<string>>;
}

/**
 * Loads Nx's rules, for a graph that is computed once.
 * @throws Error if this version of Nx doesn't have them where other versions do
 */
export function loadAffectedRules(graph: NxGraph, workspaceRoot: string): AffectedRules {
  const load = loadNx(workspaceRoot);
  const { filterAffected } = load('project-graph/affected/affected-project-graph') as {
    filterAffected: FilterAffected;
  };
  const { calculateFileChanges } = load('project-graph/file-utils') as { calculateFileChanges: CalculateFileChanges };
  const known = new Map<string, Promise<ReadonlySet<string>>>();

  return {
    affectedBy({ commit, parent, files }) {
      if (files.length === 0) return Promise.resolve(new Set());
      const key = files.some(isComparedByContent) ? `${parent} ${commit}` : files.join('\0');
      const affected = known.get(key) ?? read();
      known.set(key, affected);
      return affected;

      async function read(): Promise<ReadonlySet<string>> {
        const changes = calculateFileChanges([...files], { base: parent, head: commit }, undefined, ignoreNothing);
        return new Set(Object.keys((await filterAffected(graph, changes)).nodes));
      }
    },
  };
}

const ignoreNothing = { ignores: () => false };

/** Whether Nx looks into a file to tell what its change affects, so that its name isn't enough. */
export function isComparedByContent(file: string): boolean {
  return /\.(?:json|ya?ml|lock|lockb)$/.test(file);
}
