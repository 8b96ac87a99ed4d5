/** Lives through 30 histories with tozo's rule and with two published recipes, or, --with gitlab-ci-local, in real pipelines. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { runDeploySuite } from '../deploy-suite.ts';
import { workspaceRoot } from '../workspace.ts';

const { values, positionals } = parseArgs({ options: { with: { type: 'string' } }, allowPositionals: true });

if (values.with === undefined) process.exitCode = runDeploySuite('histories', { HISTORIES: 'all' });
else if (values.with === 'gitlab-ci-local') process.exitCode = runPipelines(positionals.join(',') || '1-30');
else throw new Error(`--with is "${values.with}", not gitlab-ci-local`);

/** Half an hour. @param ranges which histories, such as `1-10` */
function runPipelines(ranges: string): number {
  // Each waits for processes of its own most of the time.
  const options = ['--config', 'vitest.real.config.ts', '--reporter=verbose', '--maxConcurrency=3'];
  const args = ['run', ...options, 'real/histories.test.ts'];
  const { status } = spawnSync(join(workspaceRoot, 'node_modules/.bin/vitest'), args, {
    cwd: join(workspaceRoot, 'e2e'),
    env: { ...process.env, HISTORIES: ranges },
    stdio: 'inherit',
  });
  return status ?? 1;
}
