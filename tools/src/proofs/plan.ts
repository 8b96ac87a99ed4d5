/** Plans and deploys in 2,000 generated worlds, and compares what happened with the plan (PLAN_WORLDS=N). A few minutes. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { workspaceRoot } from '../workspace.ts';

const env = {
  ...process.env,
  PLAN_WORLDS: process.env['PLAN_WORLDS'] ?? '2000',
  PLAN_SEED: process.env['PLAN_SEED'] ?? String(Date.now() % 2 ** 31),
};
console.log(`seed ${env.PLAN_SEED}, ${env.PLAN_WORLDS} worlds`);
const child = spawnSync(join(workspaceRoot, 'node_modules/.bin/vitest'), ['run', 'src/plan-is-fact.test.ts'], {
  cwd: join(workspaceRoot, 'packages/deploy'),
  stdio: 'inherit',
  env,
});
process.exitCode = child.status ?? 1;
