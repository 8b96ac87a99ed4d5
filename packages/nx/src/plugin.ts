import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { inferDeployTarget, inferImageDepsTarget, usesImageDeps } from './infer.ts';
import type { CreateNodes, InferredNodes } from './nx-types.ts';
import { readOutline } from './outline.ts';

/** The plugin's name, which Nx reads. */
export const name = '@tozo/nx/plugin';

/**
 * Adds a target `deploy` to every project with a `deploy.json`, with a configuration for each of its environments, and a
 * target `image-deps`, which runs before it if the Dockerfile copies its output.
 */
export const createNodes: CreateNodes = [
  '**/deploy.json',
  (configFiles, _options, { workspaceRoot }) =>
    configFiles.map((file) => [file, inferProject(workspaceRoot, dirname(file))]),
];

/** The name that Nx 22 reads. */
export const createNodesV2 = createNodes;

/** Ignores a `deploy.json` outside a project, such as in a test's fixtures. */
function inferProject(workspaceRoot: string, root: string): InferredNodes {
  const isProject = ['package.json', 'project.json'].some((file) => existsSync(join(workspaceRoot, root, file)));
  if (!isProject) return {};
  const directory = join(workspaceRoot, root);
  const { environments, sources } = readOutline(join(directory, 'deploy.json'));
  const outside = sources.flatMap((path) => outsidePattern(workspaceRoot, root, path));
  const deploy = inferDeployTarget(environments, usesImageDeps(readDockerfile(directory)), outside);
  return { projects: { [root]: { root, targets: { deploy, 'image-deps': inferImageDepsTarget() } } } };
}

/** Returns the pattern of a file or directory outside the project, or none if it's inside, or outside the workspace. */
function outsidePattern(workspaceRoot: string, root: string, source: string): string[] {
  const path = posix.join(root.replaceAll('\\', '/'), source);
  const isInside = path === root || path.startsWith(`${root}/`) || root === '.';
  if (isInside || /^\.\.(\/|$)/.test(path) || posix.isAbsolute(source)) return [];
  const isDirectory = statSync(join(workspaceRoot, path), { throwIfNoEntry: false })?.isDirectory() ?? false;
  return [isDirectory ? posix.join(path, '**/*') : path];
}

/** A deploy says what is wrong with a Dockerfile that can't be read. */
function readDockerfile(directory: string): string {
  try {
    return readFileSync(join(directory, 'Dockerfile'), 'utf8');
  } catch {
    return '';
  }
}
