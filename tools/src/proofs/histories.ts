/** Lives through 30 histories with tozo's rule and with two published recipes, or, --with gitlab-ci-local, in real pipelines. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { runDeploySuite } from '../deploy-suite.ts';
import { workspaceRoot } from '../workspace.ts';

const { values } = parseArgs({ options: { with: { type: 'string' }, only: { type: 'string' } } });

if (values.with === undefined) process.exitCode = runDeploySuite('histories', { HISTORIES: 'all' });
else if (values.with === 'gitlab-ci-local') process.exitCode = runPipelines();
else throw new Error(`--with is "${values.with}", not gitlab-ci-local`);

/** Half an hour. `--only` runs the histories whose title matches. */
function runPipelines(): number {
  const only = values.only === undefined ? [] : ['-t', values.only];
  const args = ['run', '--config', 'vitest.real.config.ts', '--reporter=verbose', 'real/histories.test.ts', ...only];
  const { status } = spawnSync(join(workspaceRoot, 'node_modules/.bin/vitest'), args, {
    cwd: join(workspaceRoot, 'e2e'),
    env: { ...process.env, HISTORIES: 'all' },
    stdio: 'inherit',
  });
  return status ?? 1;
}
