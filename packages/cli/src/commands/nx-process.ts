import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { constants } from 'node:os';
import { join } from 'node:path';

/** What ends a job. A shell's child gets none of them by itself. */
const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Returns the script of the Nx that a workspace has installed. Undefined if it has none, or isn't a workspace of Nx. */
export async function findNx(root: string): Promise<string | undefined> {
  const manifest = join(root, 'node_modules/nx/package.json');
  if (!existsSync(join(root, 'nx.json')) || !existsSync(manifest)) return undefined;
  const { bin } = JSON.parse(await readFile(manifest, 'utf8')) as { bin: string | Record<string, string> };
  return join(root, 'node_modules/nx', typeof bin === 'string' ? bin : (bin['nx'] ?? ''));
}

/** Runs Nx with this process's output, and passes signals on. Returns its exit code, 128 plus the number of a signal. */
export async function runNx(
  script: string,
  args: readonly string[],
  cwd: string,
  env: NodeJS.ProcessEnv,
): Promise<number> {
  const child = spawn(process.execPath, [script, ...args], { cwd, env, stdio: 'inherit' });
  const pass = (signal: NodeJS.Signals): void => void child.kill(signal);
  for (const signal of signals) process.on(signal, pass);
  try {
    const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
    return code ?? 128 + constants.signals[signal!];
  } finally {
    for (const signal of signals) process.off(signal, pass);
  }
}
