/** Reads 100,000 damaged archives by this reader, Python and GNU tar (TAR_FUZZ_RUNS=N, TAR_FUZZ_SEED=N). Ten minutes. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { workspaceRoot } from '../workspace.ts';

const env = {
  ...process.env,
  TAR_FUZZ_RUNS: process.env['TAR_FUZZ_RUNS'] ?? '100000',
  TAR_FUZZ_SEED: process.env['TAR_FUZZ_SEED'] ?? String(Date.now() % 2 ** 31),
};
console.log(`seed ${env.TAR_FUZZ_SEED}`);
const cwd = join(workspaceRoot, 'packages/registry-pusher');
const vitest = join(workspaceRoot, 'node_modules/.bin/vitest');
const child = spawnSync(vitest, ['run', '--config', '../../vitest.slow.config.ts', 'src/tar/fuzz.slow.test.ts'], {
  cwd,
  stdio: 'inherit',
  env,
});
process.exitCode = child.status ?? 1;
