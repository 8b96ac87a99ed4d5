/** Runs all pipelines of a small monorepo and of this repository in gitlab-ci-local, of which CI runs a sample. Ten minutes. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { workspaceRoot } from '../workspace.ts';

const args = [
  'run',
  '--config',
  'vitest.real.config.ts',
  'real/pipeline.test.ts',
  'real/gitlab-ci.test.ts',
  ...process.argv.slice(2),
];
const { status } = spawnSync(join(workspaceRoot, 'node_modules/.bin/vitest'), args, {
  cwd: join(workspaceRoot, 'e2e'),
  env: { ...process.env, PIPELINES: 'all' },
  stdio: 'inherit',
});
process.exitCode = status ?? 1;
