import type { DeployOutput, DeployProject } from '@tozo/nx';
import { UsageError } from '../usage-error.ts';

/** An app whose builds are handed over from lint-test to its deploy job. */
export interface BuiltApp {
  readonly project: string;
  /** Relative to the repository's root. `.` is the root. */
  readonly directory: string;
  /** The projects that the app depends on. */
  readonly dependencies: readonly string[];
}

/** What an output is compared with. */
export interface RepositoryContent {
  /** The files that git tracks, relative to the repository's root. */
  readonly tracked: readonly string[];
  readonly projects: readonly DeployProject[];
}

/**
 * Returns the paths of an app's outputs. The deploy job replaces them in its clone by what lint-test built, so none of them may
 * be part of the commit or of another app. Leaves out those that are only assumed.
 * @throws UsageError for a declared output that can't be handed over
 */
export function buildOutputsOf(
  app: BuiltApp,
  outputs: readonly DeployOutput[],
  repository: RepositoryContent,
): string[] {
  return outputs.flatMap(({ path, declared }) => {
    const blocker = whyNotBuilt(path, app, repository);
    if (blocker === undefined) return [path];
    if (declared === undefined) return [];
    throw new UsageError(
      `${app.project}: the deploy job can't use the output ${JSON.stringify(declared)}, because ${blocker}: let the target write into a directory that git ignores, such as {projectRoot}/dist, and declare that.`,
    );
  });
}

function whyNotBuilt(path: string, app: BuiltApp, { tracked, projects }: RepositoryContent): string | undefined {
  if (contains(path, app.directory))
    return path === app.directory ? `it's the whole project ${path}` : `${path} contains the whole project`;
  const reserved = reservedPart(path, app.directory);
  if (reserved !== undefined) return `${path} is in ${reserved}, which git or the deploy jobs use`;
  const file = tracked.find((one) => contains(path, one));
  if (file !== undefined) return file === path ? `git tracks ${file}` : `${path} contains ${file}, which git tracks`;
  const owner = ownerOf(path, projects);
  if (owner === undefined || owner.name === app.project || owner.root === '.') return undefined;
  const isBuilt = app.dependencies.includes(owner.name) && owner.outputs.some((output) => contains(output.path, path));
  return isBuilt ? undefined : `${path} is in the project ${owner.name} and not an output of a dependency`;
}

function contains(directory: string, path: string): boolean {
  return directory === '.' || path === directory || path.startsWith(`${directory}/`);
}

/** Where an app at the root hands over its image, which is next to the pipeline's own files. */
const rootHandover = '.tozo/image';

function reservedPart(path: string, directory: string): string | undefined {
  const segments = path.split('/');
  if (segments.includes('.git')) return '.git';
  if (directory === '.' && path === rootHandover) return undefined;
  return ['.gitlab', '.tozo'].find((reserved) => segments[0] === reserved);
}

/** Returns the innermost project that contains a path. */
function ownerOf(path: string, projects: readonly DeployProject[]): DeployProject | undefined {
  return projects.filter(({ root }) => contains(root, path)).toSorted((a, b) => b.root.length - a.root.length)[0];
}
