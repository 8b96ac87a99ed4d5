import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createNodesFromFiles, type CreateNodes, type CreateNodesResult } from '@nx/devkit';
import { inferDeployTarget } from './infer.ts';

/** Nx reads this: every project with a `deploy.json` gets a target `deploy`. */
export const name = '@tozo/nx/plugin';

export const createNodes: CreateNodes = [
  '**/deploy.json',
  (configFiles, options, context) =>
    createNodesFromFiles((file) => inferProject(context.workspaceRoot, dirname(file)), configFiles, options, context),
];

/** A `deploy.json` does not make a folder a project: in a test's fixtures, say, it says nothing to Nx. */
function inferProject(workspaceRoot: string, root: string): CreateNodesResult {
  const isProject = ['package.json', 'project.json'].some((file) => existsSync(join(workspaceRoot, root, file)));
  return isProject ? { projects: { [root]: { root, targets: { deploy: inferDeployTarget() } } } } : {};
}
