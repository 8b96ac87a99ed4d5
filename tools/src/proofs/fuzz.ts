/** Feeds 20,000 random inputs each to the Dockerfile parser and the tar writer (FUZZ_RUNS=N). A few minutes. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { workspaceRoot } from '../workspace.ts';

const env = {
  ...process.env,
  FUZZ_RUNS: process.env['FUZZ_RUNS'] ?? '20000',
  FUZZ_SEED: process.env['FUZZ_SEED'] ?? String(Date.now() % 2 ** 31),
};
console.log(`seed ${env.FUZZ_SEED}`);
const cwd = join(workspaceRoot, 'packages/registry-pusher');
const child = spawnSync(join(workspaceRoot, 'node_modules/.bin/vitest'), ['run', 'src/fuzz.test.ts'], {
  cwd,
  stdio: 'inherit',
  env,
});
process.exitCode = child.status ?? 1;
