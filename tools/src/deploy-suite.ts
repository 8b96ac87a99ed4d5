import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { workspaceRoot } from './workspace.ts';

/** Runs one file of e2e/deploys, prints its output and returns the exit code. */
export function runDeploySuite(name: string, env: NodeJS.ProcessEnv): number {
  const options = { cwd: join(workspaceRoot, 'e2e'), stdio: 'inherit', env: { ...process.env, ...env } } as const;
  return (
    spawnSync(
      join(workspaceRoot, 'node_modules/.bin/vitest'),
      ['run', '--config', 'vitest.deploys.config.ts', `deploys/${name}.test.ts`],
      options,
    ).status ?? 1
  );
}
