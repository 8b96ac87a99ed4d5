/** A project of the workspace, as far as its deploy is concerned. */
export interface DeployProject {
  readonly name: string;
  /** Relative to the workspace's root. */
  readonly root: string;
  /** The projects whose target `deploy` runs before this one's. */
  readonly after: readonly string[];
  /** What the targets before `deploy` write, and `image`, relative to the workspace's root. */
  readonly outputs: readonly string[];
}

/** What `nx graph --file` writes. */
export interface ProjectGraph {
  readonly nodes: Readonly<Record<string, { readonly data: ProjectData }>>;
  readonly dependencies: Readonly<Record<string, readonly { readonly target: string }[]>>;
}

interface ProjectData {
  readonly root: string;
  readonly targets?: Readonly<Record<string, TargetData>>;
}

interface TargetData {
  readonly dependsOn?: readonly (string | TargetDependency)[];
  readonly outputs?: readonly string[];
  readonly options?: Readonly<Record<string, unknown>>;
}

interface TargetDependency {
  readonly target: string;
  readonly projects?: string | readonly string[];
  readonly dependencies?: boolean;
}

/** What Nx assumes for a target without `outputs`. */
const defaultOutputs = ['{workspaceRoot}/dist/{projectRoot}', '{projectRoot}/dist', '{projectRoot}/build'];

/** Returns all projects. Without a target `deploy`, what `build` writes counts. */
export function deployProjectsOf(graph: ProjectGraph): DeployProject[] {
  return Object.entries(graph.nodes).map(([name, { data }]) => {
    const dependsOn = (data.targets?.['deploy']?.dependsOn ?? ['build']).map(parseDependency);
    const before = dependsOn.filter(({ projects, dependencies }) => projects === undefined && !dependencies);
    return {
      name,
      root: data.root,
      after: [...new Set(dependsOn.flatMap((dependency) => projectsOf(dependency, name, graph)))].toSorted(),
      outputs: [...before, { target: 'image' }].flatMap(({ target }) => outputsOf(data, target)),
    };
  });
}

/** `build`, `^deploy` (of the dependencies) or `api:deploy`. */
function parseDependency(declared: string | TargetDependency): TargetDependency {
  if (typeof declared !== 'string') return declared;
  if (declared.startsWith('^')) return { target: declared.slice(1), dependencies: true };
  const colon = declared.lastIndexOf(':');
  return colon < 0 ? { target: declared } : { target: declared.slice(colon + 1), projects: [declared.slice(0, colon)] };
}

function projectsOf({ target, projects, dependencies }: TargetDependency, name: string, graph: ProjectGraph): string[] {
  if (target !== 'deploy') return [];
  const named = typeof projects === 'string' ? [projects] : (projects ?? []);
  const found = [...named, ...(dependencies ? dependenciesOf(name, graph) : [])];
  return found.filter((other) => other !== name && Object.hasOwn(graph.nodes, other));
}

/** Nx runs `^deploy` of a dependency's dependencies, too, where the dependency has no such target. */
function dependenciesOf(name: string, { dependencies }: ProjectGraph, seen = new Set<string>()): string[] {
  for (const { target } of dependencies[name] ?? []) {
    if (seen.has(target)) continue;
    seen.add(target);
    dependenciesOf(target, { nodes: {}, dependencies }, seen);
  }
  return [...seen];
}

function outputsOf({ root, targets }: ProjectData, target: string): string[] {
  const data = targets?.[target];
  if (data === undefined) return [];
  return (data.outputs ?? defaultOutputs).flatMap((pattern) => {
    const path = pattern
      .replaceAll(/\{options\.([\w.]+)\}/g, (token, option: string) => {
        const value = data.options?.[option];
        return typeof value === 'string' ? `{workspaceRoot}/${value}` : token;
      })
      .replace(/^\{workspaceRoot\}\//, '')
      .replaceAll('{projectRoot}', root)
      .replace(/^\.\//, '');
    // Patterns with wildcards or exceptions are for Nx alone.
    return /[{}*!?]/.test(path) ? [] : [path];
  });
}
