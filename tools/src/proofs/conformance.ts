/** Sends requests generated from Heroku's published schema, with every kind of wrong value, to the sandbox. Two minutes. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { workspaceRoot } from '../workspace.ts';

const args = ['run', '--config', '../../vitest.slow.config.ts', 'src/heroku/api/conformance.slow.test.ts'];
const { status } = spawnSync(join(workspaceRoot, 'node_modules/.bin/vitest'), args, {
  cwd: join(workspaceRoot, 'packages/sandbox'),
  stdio: 'inherit',
  env: { ...process.env, CONFORMANCE: 'all' },
});
process.exitCode = status ?? 1;
