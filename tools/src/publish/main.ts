import { readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { workspaceRoot } from '../workspace.ts';
import { writePackage } from './write-package.ts';

/** The Nx target `package` of the package in the current directory; in the workspace's root, of all packages. */
const here = relative(workspaceRoot, process.cwd());
const roots = here === '' ? readdirSync(join(workspaceRoot, 'packages')).map((name) => `packages/${name}`) : [here];
for (const root of roots) await writePackage(root);
