import { relative } from 'node:path';
import { workspaceRoot } from '../workspace.ts';
import { writePackage } from './write-package.ts';

/** The Nx target `package`, run in a package's directory. */
await writePackage(relative(workspaceRoot, process.cwd()));
