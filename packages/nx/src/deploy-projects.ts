import { posix } from 'node:path';

/** A project of the workspace, as far as its deploy is concerned. */
export interface DeployProject {
  readonly name: string;
  /** Relative to the workspace's root. */
  readonly root: string;
  /** The projects whose target `deploy` runs before this one's. */
  readonly after: readonly string[];
  /** The projects that this one depends on, directly or not. */
  readonly dependencies: readonly string[];
  /** What the targets before `deploy` write, and `image`. */
  readonly outputs: readonly DeployOutput[];
}

/** A file or directory that a target writes. */
export interface DeployOutput {
  /** Relative to the workspace's root. Of a pattern, the part before its first wildcard. */
  readonly path: string;
  /** As the target's `outputs` have it. Absent if the target declares none, and Nx assumes it. */
  readonly declared?: string;
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
  readonly options?: Options;
  readonly configurations?: Readonly<Record<string, Options>>;
  readonly defaultConfiguration?: string;
}

type Options = Readonly<Record<string, unknown>>;

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
      dependencies: dependenciesOf(name, graph).filter((other) => other !== name && Object.hasOwn(graph.nodes, other)),
      outputs: uniqueByPath([...before, { target: 'image' }].flatMap(({ target }) => outputsOf(name, data, target))),
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

function uniqueByPath(outputs: readonly DeployOutput[]): DeployOutput[] {
  return outputs.filter(({ path }, index) => outputs.findIndex((other) => other.path === path) === index);
}

function outputsOf(projectName: string, { root, targets }: ProjectData, target: string): DeployOutput[] {
  const data = targets?.[target];
  if (data === undefined) return [];
  const options = { ...data.options, ...data.configurations?.[data.defaultConfiguration ?? ''] };
  return (data.outputs ?? defaultOutputs).flatMap((declared) => {
    // An exception leaves out part of what another pattern names. Nx ignores an output whose option isn't set, too.
    const pattern = declared.startsWith('!') ? undefined : resolveTokens(declared, { root, projectName, options });
    if (pattern === undefined) return [];
    return [{ path: fixedPartOf(pattern), ...(data.outputs ? { declared } : {}) }];
  });
}

/** Returns the pattern relative to the workspace's root. Undefined if one of its options isn't set. */
function resolveTokens(
  declared: string,
  { root, projectName, options }: { readonly root: string; readonly projectName: string; readonly options: Options },
): string | undefined {
  let isComplete = true;
  const pattern = declared
    .replace(/^\{workspaceRoot\}/, '.')
    .replaceAll('{projectRoot}', root)
    .replaceAll('{projectName}', projectName)
    .replaceAll(/\{options\.([\w.-]+)\}/g, (_, option: string) => {
      const value = option.split('.').reduce<unknown>((found, key) => (found as Options | undefined)?.[key], options);
      isComplete &&= typeof value === 'string' || typeof value === 'number';
      return String(value);
    });
  return isComplete ? pattern : undefined;
}

const wildcard = /[*?[{]|[!@+]\(/;

/** Returns the directory before the first wildcard: GitLab and the deploy job take paths, not patterns. */
function fixedPartOf(pattern: string): string {
  const segments = pattern.split('/');
  const first = segments.findIndex((segment) => wildcard.test(segment));
  return posix.normalize(segments.slice(0, first < 0 ? undefined : first).join('/') || '.').replace(/(.)\/+$/, '$1');
}
