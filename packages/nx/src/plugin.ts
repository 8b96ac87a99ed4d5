import { dirname } from 'node:path';
import { createNodesFromFiles, type CreateNodes, type ProjectConfiguration } from '@nx/devkit';
import { inferDeployTarget } from './infer.ts';

/** Nx reads this: every project with a `deploy.json` gets a target `deploy`. */
export const name = '@tozo/nx/plugin';

export const createNodes: CreateNodes = [
  '**/deploy.json',
  (configFiles, options, context) =>
    createNodesFromFiles(
      (file) => {
        const root = dirname(file);
        const project: Partial<ProjectConfiguration> = { root, targets: { deploy: inferDeployTarget() } };
        return { projects: { [root]: project } };
      },
      configFiles,
      options,
      context,
    ),
];
