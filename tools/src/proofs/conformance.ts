/** Sends requests generated from Heroku's published schema and GitLab's OpenAPI, with wrong values, to the sandbox. Three minutes. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { workspaceRoot } from '../workspace.ts';

const tests = ['src/heroku/api/conformance.slow.test.ts', 'src/gitlab/conformance.slow.test.ts'];
const args = ['run', '--config', '../../vitest.slow.config.ts', ...tests];
const { status } = spawnSync(join(workspaceRoot, 'node_modules/.bin/vitest'), args, {
  cwd: join(workspaceRoot, 'packages/sandbox'),
  stdio: 'inherit',
  env: { ...process.env, CONFORMANCE: 'all' },
});
process.exitCode = status ?? 1;
