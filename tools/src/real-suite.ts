import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { workspaceRoot } from './workspace.ts';

/**
 * Runs one of e2e's real suites, prints its output and returns the exit code.
 * @param titles runs only the tests whose title contains it
 */
export function runRealSuite(name: string, env: NodeJS.ProcessEnv = {}, titles?: string): number {
  const file = ['--config', 'vitest.real.config.ts', `real/${name}.test.ts`];
  const args = ['run', ...file, ...(titles === undefined ? [] : ['--testNamePattern', titles])];
  const options = { cwd: join(workspaceRoot, 'e2e'), stdio: 'inherit', env: { ...process.env, ...env } } as const;
  return spawnSync(join(workspaceRoot, 'node_modules/.bin/vitest'), args, options).status ?? 1;
}
