import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createNodesFromFiles, type CreateNodes, type CreateNodesResult } from '@nx/devkit';
import { readEnvironments } from './environments.ts';
import { inferDeployTarget } from './infer.ts';

/** The plugin's name, which Nx reads. */
export const name = '@tozo/nx/plugin';

/** Adds a target `deploy` to every project with a `deploy.json`, with a configuration for each of its environments. */
export const createNodes: CreateNodes = [
  '**/deploy.json',
  (configFiles, options, context) =>
    createNodesFromFiles((file) => inferProject(context.workspaceRoot, dirname(file)), configFiles, options, context),
];

/** Ignores a `deploy.json` outside a project, such as in a test's fixtures. */
function inferProject(workspaceRoot: string, root: string): CreateNodesResult {
  const isProject = ['package.json', 'project.json'].some((file) => existsSync(join(workspaceRoot, root, file)));
  if (!isProject) return {};
  const deploy = inferDeployTarget(readEnvironments(join(workspaceRoot, root, 'deploy.json')));
  return { projects: { [root]: { root, targets: { deploy } } } };
}
