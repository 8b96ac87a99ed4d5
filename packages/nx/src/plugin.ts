import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createNodesFromFiles, type CreateNodes, type CreateNodesResult } from '@nx/devkit';
import { readEnvironments } from './environments.ts';
import { inferDeployTarget, inferImageDepsTarget, usesImageDeps } from './infer.ts';

/** The plugin's name, which Nx reads. */
export const name = '@tozo/nx/plugin';

/**
 * Adds a target `deploy` to every project with a `deploy.json`, with a configuration for each of its environments, and a
 * target `image-deps`, which runs before it if the Dockerfile copies its output.
 */
export const createNodes: CreateNodes = [
  '**/deploy.json',
  (configFiles, options, context) =>
    createNodesFromFiles((file) => inferProject(context.workspaceRoot, dirname(file)), configFiles, options, context),
];

/** Ignores a `deploy.json` outside a project, such as in a test's fixtures. */
function inferProject(workspaceRoot: string, root: string): CreateNodesResult {
  const isProject = ['package.json', 'project.json'].some((file) => existsSync(join(workspaceRoot, root, file)));
  if (!isProject) return {};
  const directory = join(workspaceRoot, root);
  const deploy = inferDeployTarget(
    readEnvironments(join(directory, 'deploy.json')),
    usesImageDeps(readDockerfile(directory)),
  );
  return { projects: { [root]: { root, targets: { deploy, 'image-deps': inferImageDepsTarget() } } } };
}

/** A deploy says what is wrong with a Dockerfile that can't be read. */
function readDockerfile(directory: string): string {
  try {
    return readFileSync(join(directory, 'Dockerfile'), 'utf8');
  } catch {
    return '';
  }
}
