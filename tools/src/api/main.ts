import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { workspaceRoot } from '../workspace.ts';
import { writeReports } from './reports.ts';

/** `npm run api` writes each package's api.md. */
const { status } = spawnSync(join(workspaceRoot, 'node_modules/.bin/tsc'), ['-b'], {
  cwd: workspaceRoot,
  stdio: 'inherit',
});
if (status === 0) writeReports();
else process.exitCode = 1;
