/** Six processes want one lease 1,000 times in each of five situations (LEASE_ROUNDS=N): one gets it. Three minutes. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { workspaceRoot } from '../workspace.ts';

const child = spawnSync(
  join(workspaceRoot, 'node_modules/.bin/vitest'),
  ['run', '--config', '../../vitest.slow.config.ts', 'src/state/lease-contention.slow.test.ts'],
  {
    cwd: join(workspaceRoot, 'packages/deploy'),
    stdio: 'inherit',
    env: { ...process.env, LEASE_ROUNDS: process.env['LEASE_ROUNDS'] ?? '1000' },
  },
);
process.exitCode = child.status ?? 1;
