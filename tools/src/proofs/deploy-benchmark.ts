/** `tozo deploy` beside `docker build` and `docker push`: as root, with a Docker Engine and registry; about five minutes. */
import { spawnSync } from 'node:child_process';
import { workspaceRoot } from '../workspace.ts';

const command = ['run', 'bench:deploy', '--workspace', '@tozo/benchmarks', '--', ...process.argv.slice(2)];
const child = spawnSync('npm', command, { cwd: workspaceRoot, stdio: 'inherit' });
process.exitCode = child.status ?? 1;
