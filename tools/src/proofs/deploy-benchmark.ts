/** Compares `tozo deploy` with `docker build` and `docker push`. Needs root, a Docker Engine and a registry. Five minutes. */
import { spawnSync } from 'node:child_process';
import { workspaceRoot } from '../workspace.ts';

const command = ['run', 'bench:deploy', '--workspace', '@tozo/benchmarks', '--', ...process.argv.slice(2)];
const child = spawnSync('npm', command, { cwd: workspaceRoot, stdio: 'inherit' });
process.exitCode = child.status ?? 1;
