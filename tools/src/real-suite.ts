import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { workspaceRoot } from './workspace.ts';

/** Runs one of e2e's real suites, prints its output and returns the exit code. */
export function runRealSuite(name: string, env: NodeJS.ProcessEnv = {}): number {
  const args = ['run', '--config', 'vitest.real.config.ts', `real/${name}.test.ts`];
  const options = { cwd: join(workspaceRoot, 'e2e'), stdio: 'inherit', env: { ...process.env, ...env } } as const;
  return spawnSync(join(workspaceRoot, 'node_modules/.bin/vitest'), args, options).status ?? 1;
}
